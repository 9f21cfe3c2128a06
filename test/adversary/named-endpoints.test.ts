/**
 * The attacker is a control plane that is elsewhere, and names the endpoint to which the daemon posts for a token: one that the daemon's machine alone reaches,
 * such as the port of a sidecar. Nothing is sent there.
 */
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClientCredentialsToken } from "../../src/systems/control-plane/authenticate-client-credentials.ts";
import { Secret } from "../../src/systems/http/secret.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";

/** A service on this machine, and a client whose control plane names `name(port)` as its token endpoint. */
async function open(endpoint: string, insecure: boolean, name: (port: number) => string) {
  const posts: string[] = [];
  const port = await serve((request, response) => {
    posts.push(`${request.method} ${request.url}`);
    response.writeHead(200).end(JSON.stringify({ access_token: "a-token", expires_in: 3600 }));
  });
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const token = createClientCredentialsToken({
    ...{ clientId: "robot", clientSecret: new Secret("s3cret-of-a-robot"), endpoint, insecure, dispatcher },
    ...{ timeoutMs: PATIENCE_MS, now: Date.now },
    discover: async () => ({ tokenEndpoint: name(port), scopes: [], audience: "", header: "authorization" }),
  });
  return { posts, get: () => token.get() };
}

const HERE: readonly (readonly [name: string, host: string])[] = [
  ["an address of IPv4", "127.0.0.1"],
  ["another one", "127.8.9.10"],
  ["one number", "2130706433"],
  ["any address", "0.0.0.0"],
  ["a name", "localhost"],
  ["a name of the root", "localhost."],
  ["a name below", "quit.localhost"],
  ["an address of IPv6", "[::1]"],
  ["any address of IPv6", "[::]"],
  ["an address of IPv4 within IPv6", "[::ffff:127.0.0.1]"],
  ["the metadata of a cloud", "169.254.169.254"],
  ["a neighbour on the link", "[fe80::1]"],
];

describe.each(["http", "https"])("a token endpoint by %s that only this machine reaches", (scheme) => {
  test.each(HERE)("is not called for a control plane elsewhere: %s", async (_name, host) => {
    for (const insecure of [false, true]) {
      const plane = `${insecure ? "http" : "https"}://plane.example.com`;
      const { posts, get } = await open(plane, insecure, (port) => `${scheme}://${host}:${port}/quit`);
      expect(await failureOf(get())).toMatchObject({ code: "token_endpoint_unsafe", next: "stop" });
      expect(posts).toEqual([]);
    }
  });
});

test.each(["http://127.0.0.1:8090", "http://localhost:8090", "https://[::1]:8090"])(
  "a control plane on this machine, %s, may name one there",
  async (plane) => {
    const { posts, get } = await open(plane, false, (port) => `http://127.0.0.1:${port}/token`);
    expect(await get()).toBe("a-token");
    expect(posts).toEqual(["POST /token"]);
  },
);
