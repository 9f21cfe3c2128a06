import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { Secret } from "../../../src/systems/http/secret.ts";
import { PATIENCE_MS, SOON_MS } from "../../set-up/patience.ts";
import { everythingOf, failureOf } from "./fixtures/failure.ts";
import { makeConnection, open } from "./fixtures/open.ts";
import { type Guarded, issueTokens, serveGuarded } from "./fixtures/serve-guarded.ts";

const SECRET = "s3cr:t/with+odd chars";
const clientCredentials = {
  kind: "client_credentials",
  clientId: "robot",
  clientSecret: new Secret(SECRET),
} as const;
const token = (text: string) => ({ kind: "token", token: new Secret(text) }) as const;

function openRobot({ endpoint }: Guarded, now: () => number = () => 0) {
  return open({ endpoint, credentials: clientCredentials }, { retries: 0, now });
}

describe("a static token", () => {
  test("opens what asks for it", async () => {
    const guarded = await serveGuarded();
    guarded.good.add("letmein-1");
    const { reader } = open({ endpoint: guarded.endpoint, credentials: token("letmein-1") });
    expect(await reader.getQueue("q")).toMatchObject({ name: "q" });
    expect(guarded.counts).toEqual({ calls: 1, discoveries: 0 });
  });

  test("travels in the header that the control plane names, asked for after the first refusal only", async () => {
    const guarded = await serveGuarded();
    guarded.header = "flyte-authorization";
    guarded.good.add("letmein-1");
    const { reader } = open({ endpoint: guarded.endpoint, credentials: token("letmein-1") });
    await reader.getQueue("q");
    await reader.getQueue("q");
    expect(guarded.counts).toEqual({ calls: 3, discoveries: 1 });
  });

  test("that is refused is an error that says what to set and never shows it", async () => {
    const guarded = await serveGuarded();
    const { reader } = open({ endpoint: guarded.endpoint, credentials: token("letmein-1") });
    const failure = await failureOf(reader.getQueue("q"));
    expect(failure).toMatchObject({ code: "unauthenticated", next: "stop" });
    expect(failure.message).toContain("POOLKEEPER_TOKEN");
    expect(everythingOf(failure)).not.toContain("letmein-1");
    expect(guarded.counts.calls).toBe(1);
  });
});

describe("client credentials", () => {
  test("are sent as the control plane asks for: Basic with the secret URL-encoded, scopes, audience", async () => {
    const guarded = await serveGuarded();
    issueTokens(guarded, ["token-1"]);
    await openRobot(guarded).reader.getQueue("q");
    const [request] = guarded.tokenRequests;
    const basic = Buffer.from(`robot:${encodeURIComponent(SECRET)}`).toString("base64");
    expect(request?.authorization).toBe(`Basic ${basic}`);
    const form = { grant_type: "client_credentials", scope: "all offline", audience: "https://audience.test" };
    expect(request?.form).toEqual(form);
  });

  test("buy one token for many calls at once, in the header that discovery names", async () => {
    const guarded = await serveGuarded();
    guarded.header = "flyte-authorization";
    issueTokens(guarded, ["token-1", "token-2"]);
    const { reader } = openRobot(guarded);
    await Promise.all([1, 2, 3, 4, 5].map(() => reader.getQueue("q")));
    expect(guarded.tokenRequests).toHaveLength(1);
    expect(guarded.counts).toEqual({ calls: 5, discoveries: 1 });
  });

  test("are renewed a minute before the token ends", async () => {
    const guarded = await serveGuarded();
    issueTokens(guarded, ["token-1", "token-2"], 3600);
    let now = 0;
    const { reader } = openRobot(guarded, () => now);
    await reader.getQueue("q");
    now = 3_539_000;
    await reader.getQueue("q");
    expect(guarded.tokenRequests).toHaveLength(1);
    now = 3_540_000;
    await reader.getQueue("q");
    expect(guarded.tokenRequests).toHaveLength(2);
  });

  test("are renewed once when a token is refused early, and a write that was refused is sent again", async () => {
    const guarded = await serveGuarded();
    issueTokens(guarded, ["token-1", "token-2"]);
    const { reader, writer } = openRobot(guarded);
    await reader.getQueue("q");
    guarded.good.delete("token-1");
    await writer.undeleteQueue("q");
    expect(guarded.tokenRequests).toHaveLength(2);
    expect(guarded.counts.calls).toBe(3);
  });

  test("whose new token is refused too end in an error, without another round", async () => {
    const guarded = await serveGuarded();
    issueTokens(guarded, ["token-1", "token-2", "token-3"]);
    const { reader } = openRobot(guarded);
    await reader.getQueue("q");
    guarded.good.clear();
    guarded.answerToken = (response) => void response.writeHead(200).end('{"access_token": "bad-token"}');
    const failure = await failureOf(reader.getQueue("q"));
    expect(failure.code).toBe("unauthenticated");
    expect(everythingOf(failure)).not.toContain("bad-token");
    expect(guarded.tokenRequests).toHaveLength(2);
  });

  test.each([
    [401, '{"error":"invalid_client","error_description":"no"}', "token_refused", "stop", "invalid_client: no"],
    [400, "<html>", "token_refused", "stop", "HTTP 400"],
    [302, "", "token_refused", "stop", "HTTP 302"],
    [429, "", "token_unavailable", "retry", "HTTP 429"],
    [503, "<html>", "token_unavailable", "retry", "HTTP 503"],
    [200, "<html>", "token_bad_answer", "stop", "returned no access token"],
    [200, '{"access_token":7}', "token_bad_answer", "stop", "returned no access token"],
  ])("answered with HTTP %i %s are the error %s", async (status, body, code, next, words) => {
    const guarded = await serveGuarded();
    guarded.answerToken = (response) => void response.writeHead(status).end(body);
    const failure = await failureOf(openRobot(guarded).writer.undeleteQueue("q"));
    expect(failure).toMatchObject({ code, next, outcomeUnknown: false });
    expect(failure.message).toContain(words);
    expect(failure.message).toContain(`${guarded.endpoint}/token`);
    expect(guarded.counts.calls).toBe(0);
  });

  test("repeated by a careless token endpoint are not shown", async () => {
    const guarded = await serveGuarded();
    const spellings = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString("base64")];
    guarded.answerToken = (response) =>
      void response.writeHead(401).end(JSON.stringify({ error: "bad", error_description: spellings.join(" ") }));
    const failure = await failureOf(openRobot(guarded).reader.getQueue("q"));
    for (const spelling of spellings) expect(everythingOf(failure)).not.toContain(spelling);
  });

  test("are not sent to a token endpoint without TLS", async () => {
    const guarded = await serveGuarded();
    guarded.tokenEndpoint = "http://collector.test/token";
    const failure = await failureOf(openRobot(guarded).reader.getQueue("q"));
    expect(failure).toMatchObject({ code: "token_endpoint_unsafe", next: "stop" });
  });

  test("a silent token endpoint ends in time", async () => {
    const guarded = await serveGuarded();
    guarded.answerToken = () => undefined;
    const { reader } = open(
      { endpoint: guarded.endpoint, credentials: clientCredentials, timeoutMs: SOON_MS },
      { retries: 0 },
    );
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "timeout" });
  });

  test("open the embedded control plane over its own token endpoint, past the token's life", async () => {
    let now = 0;
    const oauth = { clientId: "robot", clientSecret: SECRET, lifetimeSeconds: 600 };
    const server = await serveControlPlane({ generation: "2026-11", org: "acme", oauth, now: () => now });
    onTestFinished(() => server.close());
    const { reader } = open({ endpoint: server.url, credentials: clientCredentials }, { now: () => now });
    expect(await reader.listPools("live")).toHaveLength(1);
    now = 700_000;
    expect(await reader.listPools("live")).toHaveLength(1);
    const anonymous = open({ endpoint: server.url });
    expect(await failureOf(anonymous.reader.listQueues("live"))).toMatchObject({ code: "unauthenticated" });
  });
});

describe("a token command", () => {
  test("is run without a shell, and again when its token is refused", async () => {
    const guarded = await serveGuarded();
    const folder = mkdtempSync(join(tmpdir(), "poolkeeper-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const counter = join(folder, "runs; $(touch hacked)");
    const program = join(folder, "print token");
    writeFileSync(counter, "");
    writeFileSync(program, '#!/bin/sh\nprintf x >> "$1"\necho "token-$(wc -c < "$1" | tr -d " ")"\n');
    chmodSync(program, 0o755);
    guarded.good.add("token-1");
    const { reader } = open({
      endpoint: guarded.endpoint,
      credentials: { kind: "command", command: [program, counter] },
    });
    await reader.getQueue("q");
    guarded.good.clear();
    guarded.good.add("token-2");
    await reader.getQueue("q");
    expect(guarded.counts.calls).toBe(3);
  });

  test.each([
    [["false"], /exited with code 1/],
    [["true"], /printed nothing/],
    [["/nowhere/at-all"], /could not be run \(ENOENT\)/],
    [["sh", "-c", "echo hunter22 >&2; exit 3"], /exited with code 3/],
    [["printf", "hunter22\nsecond line"], /more than a token/],
    [["sleep", "60"], /timed out after 2 s/],
  ])("%j is an error that names the program only", async (command, words) => {
    const guarded = await serveGuarded();
    const credentials = { kind: "command", command } as const;
    const { reader } = open(
      { endpoint: guarded.endpoint, credentials, timeoutMs: command.includes("60") ? 5_000 : PATIENCE_MS },
      { retries: 0 },
    );
    const failure = await failureOf(reader.getQueue("q"));
    expect(failure).toMatchObject({ code: "token_command_failed", next: "stop" });
    expect(failure.message).toMatch(words);
    expect(everythingOf(failure)).not.toContain("hunter22");
  });
});

test("a connection can be printed in every way without showing its secret", () => {
  const connection = makeConnection({ endpoint: "https://cp.example.com", credentials: token("letmein-1") });
  const printed = `${inspect(connection, { depth: 9, showHidden: true })} ${JSON.stringify(connection)}`;
  expect(`${printed} ${new Secret("letmein-1")}`).not.toContain("letmein-1");
});
