import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DAEMON_ERRORS } from "../../../src/cli/daemon-client/error-catalogue.ts";

const ROOT = join(import.meta.dirname, "../../..");
const SOURCES = readdirSync(join(ROOT, "src/cli/daemon-client")).map((name) =>
  readFileSync(join(ROOT, "src/cli/daemon-client", name), "utf8"),
);
const documented = readFileSync(join(ROOT, "docs/commands.md"), "utf8");

test("every error code of the daemon's client is documented, with what it allows and what to do", () => {
  for (const [code, { next, ambiguous, remedy }] of Object.entries(DAEMON_ERRORS)) {
    expect(documented).toContain(`| \`${code}\` | ${next} | ${ambiguous ? "unknown" : "not done"} |`);
    expect(documented).toContain(remedy);
  }
});

test("so is every one that it throws by itself", () => {
  const thrown = SOURCES.flatMap((text) => [...text.matchAll(/new OperationalError\(\s*"([a-z_]+)"/g)]);
  const codes = thrown.map((match) => match[1]);
  expect(codes).toContain("token_unreadable");
  expect(codes.filter((code) => !documented.includes(`| \`${code}\` |`))).toEqual([]);
});
