import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { createLog } from "../../../src/daemon/logging/create-log.ts";
import type { LogLevel } from "../../../src/daemon/logging/log.ts";
import { redactText } from "../../set-up/redact-text.ts";

const SECRETS = ["hunter22", 'quo"ted'];

function openLog({ level = "info", isTTY = false }: { level?: LogLevel; isTTY?: boolean } = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line), isTTY };
  return { lines, log: createLog({ level, destination, redact: (text) => redactText(text, SECRETS) }) };
}

function record(line: string | undefined): Record<string, unknown> {
  return JSON.parse(line ?? "");
}

describe("the log", () => {
  test("writes a line of JSON with the level, the time, the words and the fields of the run", () => {
    const { lines, log } = openLog();
    log.child({ run_id: "run-1", target: "production" }).info({ changes: 2 }, "Applied 100% of it.");
    expect(lines[0]).toMatch(/}\n$/);
    expect(record(lines[0])).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      run_id: "run-1",
      target: "production",
      changes: 2,
      msg: "Applied 100% of it.",
    });
  });

  test("writes nothing below its level", () => {
    const { lines, log } = openLog({ level: "warn" });
    log.info({}, "not");
    log.error({}, "but this");
    expect(lines).toHaveLength(1);
  });

  test("shows no secret: in words, in fields of any depth, in a child, in an error and its cause, in an address", () => {
    const { lines, log } = openLog();
    const child = log.child({ where: "https://me:pass-word@git.example.com", token: "abc" });
    child.info({ deep: [{ a: { Authorization: "Bearer abcdef", note: 'is quo"ted' } }] }, "said hunter22");
    child.error({ err: new Error("got hunter22", { cause: new Error("Basic aHVudGVyMjI=") }) }, "failed");
    expect(lines.join()).not.toMatch(/hunter22|quo\\?"ted|abc|pass-word|aHVudGVyMjI/);
    expect(record(lines[0])).toMatchObject({ token: "***", msg: "said ***" });
    expect(record(lines[1])).toMatchObject({
      err: { type: "Error", stack: expect.stringContaining("create-log.test.ts") },
    });
  });

  test("hides a field however its name spells a secret, and a number too unless it is a count", () => {
    const { lines, log } = openLog();
    log.info(
      { clientSecret: "a1", accessKey: "a2", DB_PASS: "a3", db_pass: 1234, credentials: 2, tokenPath: "/run/t" },
      "x",
    );
    expect(record(lines[0])).toMatchObject({ clientSecret: "***", accessKey: "***", DB_PASS: "***", db_pass: "***" });
    expect(record(lines[0])).toMatchObject({ credentials: 2, tokenPath: "/run/t" });
  });

  test("keeps what only sounds like a secret: a switch, and nothing", () => {
    const { lines, log } = openLog();
    log.info({ token: null, has_token: true, tokens: 3, key: "production/failed/1" }, "x");
    expect(record(lines[0])).toMatchObject({ token: null, has_token: true, tokens: 3, key: "production/failed/1" });
  });

  test("is text on a terminal, and no name moves its cursor", () => {
    const { lines, log } = openLog({ isTTY: true });
    log.warn({ target: "pro\u001b[2Jd", run_id: "run-1" }, "Watch\r\nout");
    log.error({ err: new Error("broken") }, "Failed");
    expect(stripVTControlCharacters(lines[0] ?? "")).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}Watch\\u000d\\u000aout {2}target=pro\\u001b\[2Jd run_id=run-1\n$/,
    );
    expect(stripVTControlCharacters(lines[1] ?? "")).toMatch(/ERROR Failed\n {4}Error: broken\n {8}at /);
  });
});
