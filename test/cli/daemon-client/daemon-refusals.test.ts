import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DIGEST, serveDaemon, TOKEN } from "./serve-daemon.ts";

describe("a refusal", () => {
  const refusal = (status: number, code: string) => ({
    status,
    body: { error: { code, message: `Because ${code}.` } },
  });
  test.each([
    [refusal(409, "stale"), 5, "stale_plan"],
    [refusal(409, "ambiguous"), 1, "ambiguous"],
    [refusal(409, "conflict"), 1, "conflict"],
    [refusal(400, "invalid"), 1, "invalid_argument"],
    [refusal(403, "not_allowed"), 1, "permission_denied"],
    [refusal(404, "not_found"), 1, "not_found"],
    [refusal(500, "internal"), 1, "internal"],
    [{ ...refusal(429, "rate_limited"), headers: { "retry-after": "1" } }, 1, "resource_exhausted"],
    [{ status: 200, body: "<html>Sign in</html>" }, 1, "bad_answer"],
    [{ status: 502, body: "<html>Bad gateway</html>" }, 1, "unavailable"],
    [{ status: 404, body: "<html>Not here</html>" }, 1, "bad_answer"],
  ])("%j ends with exit %i and the code %s", async (answer, exit, name) => {
    const daemon = await serveDaemon();
    daemon.answer = answer;
    const { code, stdout, stderr } = await daemon.run(["reject", DIGEST, "--reason", "r", "--json"]);
    expect([code, JSON.parse(stdout).error.code]).toEqual([exit, name]);
    if (typeof answer.body !== "string") expect(stderr).toContain(answer.body.error.message.slice(0, -1));
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("of a token never shows it, wherever it was given", async () => {
    const daemon = await serveDaemon();
    const secret = "wrong-token-hunter2";
    writeFileSync(join(daemon.folder, "wrong"), secret);
    const ways = [
      ["--server-token", secret],
      ["--server-token-file", join(daemon.folder, "wrong")],
    ];
    for (const flags of ways) {
      const { code, stdout, stderr } = await daemon.run(["targets", ...flags]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/the token was rejected.*--server-token/s);
      expect(stderr).not.toContain("hunter2");
    }
  });

  test("a token file is read without the white space around it, and counts less than the variable with the token", async () => {
    const daemon = await serveDaemon();
    const file = { POOLKEEPER_SERVER_TOKEN: "", POOLKEEPER_SERVER_TOKEN_FILE: join(daemon.folder, "token") };
    expect((await daemon.run(["targets"], file)).code).toBe(0);
    const both = { ...file, POOLKEEPER_SERVER_TOKEN: TOKEN, POOLKEEPER_SERVER_TOKEN_FILE: "/nowhere" };
    expect((await daemon.run(["targets"], both)).code).toBe(0);
  });

  test.each([
    [
      ["targets", "--server", "http://127.0.0.1:9", "--server-token", "t"],
      /The daemon at http:\/\/127\.0\.0\.1:9 can't be reached/,
    ],
    [
      ["targets", "--server", "http://127.0.0.1:9"],
      /POOLKEEPER_SERVER_TOKEN is not sent to http:\/\/127\.0\.0\.1:9 \(--server\)/,
    ],
    [["targets", "--server", "http://poolkeeper.example.com"], /--server\) has no TLS/],
    [
      ["targets", "--server-token-file", "/nowhere"],
      /token file \/nowhere \(--server-token-file\) can't be used: ENOENT/,
    ],
    [["history", "prodution"], /The target was not found/],
    [["pause", "production", "--address", "batch"], /--address batch: not an address/],
    [["pause", "production", "--until", "tomorrow"], /--until tomorrow: write a duration/],
    [["pause", "production", "--until", "2026-01-01T00:00:00Z"], /that is in the past/],
    [["reject", DIGEST], /poolkeeper reject needs --reason/],
    [["approve"], /poolkeeper approve needs the digest of a plan/],
    [["reconcile", "production", "--follow", "--revision", "a"], /--follow and --revision exclude each other/],
    [["audit", "--limit", "0"], /--limit 0: write a whole number from 1 to 500/],
  ])("%j says what to do, with exit 1", async (args, words) => {
    const daemon = await serveDaemon();
    const { code, stdout, stderr } = await daemon.run(args);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(words)]);
  });
});
