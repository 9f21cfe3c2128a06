import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const SOURCES = readdirSync(join(ROOT, "src/cli/daemon-client")).map((name) =>
  readFileSync(join(ROOT, "src/cli/daemon-client", name), "utf8"),
);
const documented = readFileSync(join(ROOT, "docs/reference.md"), "utf8");

test("every error code that the daemon's client throws by itself is documented", () => {
  const thrown = SOURCES.flatMap((text) => [...text.matchAll(/new OperationalError\(\s*"([a-z_]+)"/g)]);
  const codes = thrown.map((match) => match[1]);
  expect(codes).toContain("token_unreadable");
  expect(codes.filter((code) => !documented.includes(`| \`${code}\` |`))).toEqual([]);
});
