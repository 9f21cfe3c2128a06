import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FLYTEADMIN_ERRORS } from "../../../src/systems/flyteadmin/flyteadmin-errors.ts";

const ROOT = join(import.meta.dirname, "../../..");
const SOURCES = readdirSync(join(ROOT, "src/systems/flyteadmin")).map((name) =>
  readFileSync(join(ROOT, "src/systems/flyteadmin", name), "utf8"),
);
const documented = readFileSync(join(ROOT, "docs/reference.md"), "utf8");

test("every error code of flyteadmin's client is documented", () => {
  const thrown = SOURCES.flatMap((text) => [...text.matchAll(/new OperationalError\(\s*"([a-z_]+)"/g)]);
  const codes = [...Object.keys(FLYTEADMIN_ERRORS), ...thrown.map((match) => match[1])];
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => !documented.includes(`| \`${code}\` |`))).toEqual([]);
});
