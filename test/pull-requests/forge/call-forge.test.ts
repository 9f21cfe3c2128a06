import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createHole, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { ForgeOptions } from "../../../src/pull-requests/forge/forge.ts";
import { openGitea } from "../../../src/pull-requests/forge/gitea.ts";
import { openGitlab } from "../../../src/pull-requests/forge/gitlab.ts";
import { PATIENCE_MS, SOON_MS } from "../../set-up/patience.ts";
import { makeCertificate } from "../../systems/control-plane/fixtures/make-certificate.ts";
import { codeOf, failureOf } from "./await-failure.ts";

const TOKEN = "glpat-a-token-of-the-bot-0123";
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function serve(listener: RequestListener, change: Partial<ForgeOptions> = {}) {
  const port = await listen(createServer(listener));
  const forge = openGitlab({
    ...{ kind: "gitlab", url: `http://localhost:${port}`, repository: "acme/pools", timeoutMs: PATIENCE_MS, ca: null },
    access: { kind: "token", token: () => TOKEN },
    ...change,
  });
  closers.push(() => forge.close());
  return { forge, port };
}

/** Answers everything the same way. */
const always =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

describe("a limit", () => {
  test("without Retry-After lasts until its reset", async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 3_600);
    const { forge } = await serve(
      always(429, { message: "Too many" }, { "ratelimit-remaining": "0", "ratelimit-reset": reset }),
    );
    const error = await failureOf(forge.readSelf());
    expect(error).toMatchObject({ code: "forge_limited", next: "retry" });
    expect(error.retryAfterMs).toBeGreaterThan(3_600_000 - PATIENCE_MS);
    expect(error.retryAfterMs).toBeLessThanOrEqual(3_601_000);
  });

  test("that a comment ran into is waited for when it is short, for nothing was done", async () => {
    let calls = 0;
    const { forge } = await serve((request, response) => {
      calls += 1;
      if (calls === 1) return always(429, "Retry later", { "retry-after": "0" })(request, response);
      const author = { username: "bot" };
      always(201, { id: 1, body: "x", author, created_at: "2026-01-01T00:00:00Z" })(request, response);
    });
    expect(await forge.createComment(1, "x")).toMatchObject({ id: "1" });
    expect(calls).toBe(2);
  });
});

describe("an answer", () => {
  test.each([
    ["of another shape", always(200, { login: "bot" }), "username is not text"],
    ["that is no JSON", always(200, "<html>Sign in</html>"), "it is not JSON"],
    [
      "that leads elsewhere",
      always(302, "", { location: "https://login.example.com/sso?ticket=1" }),
      "login.example.com",
    ],
    ["of a kind that nobody expects", always(418, { message: "I am a teapot" }), "I am a teapot"],
  ])("%s is none of the forge", async (_name, listener, words) => {
    const { forge } = await serve(listener);
    const error = await failureOf(forge.readSelf());
    expect(error).toMatchObject({ code: "forge_answer", next: "stop" });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("ticket");
  });

  test("with an object for a list is not an empty list", async () => {
    const { forge } = await serve(always(200, {}));
    expect(await codeOf(forge.listComments(1))).toBe("forge_answer");
  });

  test("that repeats the token is shown without it", async () => {
    const { forge } = await serve(always(403, { message: `the token ${TOKEN} may not` }));
    const error = await failureOf(forge.readSelf());
    expect(error.message).toContain("the token *** may not");
    expect(error.code).toBe("forge_refused");
  });

  test("with a page that leads back to an earlier one is an error, and no shorter list", async () => {
    const { forge } = await serve(always(200, [], { "x-next-page": "1" }));
    expect(await failureOf(forge.listComments(1))).toMatchObject({ code: "forge_answer", next: "stop" });
  });
});

test("a server that takes the connection and never completes it had the whole time of a call: it is called once", async () => {
  const held: Socket[] = [];
  const calls: string[] = [];
  const hole = createHole((socket) => held.push(socket)).listen(0, "127.0.0.1");
  await once(hole, "listening");
  closers.push(() => {
    for (const socket of held) socket.destroy();
    hole.close();
  });
  const { port } = hole.address() as AddressInfo;
  const forge = openGitea({
    ...{ kind: "gitea", url: `https://127.0.0.1:${port}`, repository: "acme/pools", timeoutMs: SOON_MS, ca: null },
    access: { kind: "token", token: () => TOKEN },
    onCall: (method) => calls.push(method),
  });
  closers.push(() => forge.close());
  expect(await failureOf(forge.readSelf())).toMatchObject({ code: "forge_unreachable", next: "retry" });
  expect(calls).toEqual(["readSelf"]);
  expect(held).toHaveLength(1);
});

describe("an address", () => {
  test("with a path is kept, credentials in it are neither sent nor shown", async () => {
    const asked: (string | undefined)[] = [];
    const { port } = await serve(() => undefined);
    const { forge } = await serve((request, response) => {
      asked.push(request.url, request.headers.authorization);
      always(200, { login: "bot" })(request, response);
    });
    expect(forge.place).not.toContain(String(port));
    const other = openGitea({
      ...{ kind: "gitea", repository: "acme/pools", timeoutMs: PATIENCE_MS, ca: null },
      url: `http://user:secret@${forge.place.split(" on ")[1]}/git/`,
      access: { kind: "token", token: () => TOKEN },
    });
    closers.push(() => other.close());
    expect(await other.readSelf()).toBe("bot");
    expect(asked).toEqual(["/git/api/v1/user", `token ${TOKEN}`]);
    expect(other.place).not.toContain("secret");
  });

  test.each(["git.example.com", "ftp://git.example.com", ""])("that is none is refused: %j", async (url) => {
    const { forge } = await serve(() => undefined);
    expect(forge.kind).toBe("gitlab");
    const options = { kind: "gitlab", repository: "acme/pools", timeoutMs: PATIENCE_MS, ca: null } as const;
    expect(() => openGitlab({ ...options, url, access: { kind: "token", token: () => TOKEN } })).toThrow(
      "write it as https://HOST",
    );
  });

  test("left out is the public forge", () => {
    const options = { repository: "acme/pools", url: null, timeoutMs: PATIENCE_MS, ca: null } as const;
    const access = { kind: "token", token: () => TOKEN } as const;
    expect(openGitlab({ ...options, kind: "gitlab", access }).place).toBe("acme/pools on gitlab.com");
    expect(openGitea({ ...options, kind: "gitea", access }).place).toBe("acme/pools on gitea.com");
  });
});

describe("a certificate of one's own authority", () => {
  test("is trusted when it is named, and refused with what to do when it is not", async () => {
    const certificate = makeCertificate(["localhost"]);
    const port = await listen(createTlsServer(certificate, always(200, { username: "bot" })));
    const open = (ca: string | null) => {
      const forge = openGitlab({
        ...{ kind: "gitlab", url: `https://localhost:${port}`, repository: "acme/pools", timeoutMs: PATIENCE_MS, ca },
        access: { kind: "token", token: () => TOKEN },
      });
      closers.push(() => forge.close());
      return forge;
    };
    expect(await open(certificate.cert).readSelf()).toBe("bot");
    expect(() => open("no certificate")).toThrow("use a PEM file with certificates");
    const error = await failureOf(open(null).readSelf());
    expect(error).toMatchObject({ code: "forge_unreachable", next: "stop" });
    expect(error.message).toContain("Set the authority's PEM file in the forge's settings");
  });
});

test.each(["", "two words", "a\nb", "tökèn"])(
  "a token that is none is refused before it is sent: %j",
  async (token) => {
    let calls = 0;
    const { forge } = await serve(
      () => {
        calls += 1;
      },
      { access: { kind: "token", token: () => token } },
    );
    expect(await codeOf(forge.readSelf())).toBe("forge_refused");
    expect(calls).toBe(0);
  },
);

test("a token with a line break at its end, as files have it, is sent without", async () => {
  let sent: unknown;
  const { forge } = await serve(
    (request, response) => {
      sent = request.headers["private-token"];
      always(200, { username: "bot" })(request, response);
    },
    { access: { kind: "token", token: () => `${TOKEN}\n` } },
  );
  expect(await forge.readSelf()).toBe("bot");
  expect(sent).toBe(TOKEN);
});
