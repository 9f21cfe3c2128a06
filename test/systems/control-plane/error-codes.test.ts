import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ERROR_CATALOGUE } from "../../../src/systems/control-plane/control-plane-errors.ts";

const ROOT = join(import.meta.dirname, "../../..");
const SOURCES = ["src/systems/control-plane", "src/systems/http"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
);
const documented = readFileSync(join(ROOT, "docs/reference.md"), "utf8");

test("every error code of the control plane is documented", () => {
  const thrown = SOURCES.flatMap((text) => [...text.matchAll(/new OperationalError\(\s*"([a-z_]+)"/g)]);
  const codes = new Set([
    ...Object.keys(ERROR_CATALOGUE),
    ...thrown.map((match) => match[1]),
    "endpoint_missing",
    "org_missing",
  ]);
  expect([...codes].filter((code) => !documented.includes(`| \`${code}\` |`))).toEqual([]);
});
