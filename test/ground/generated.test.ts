import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const BIN = join(ROOT, "node_modules", ".bin");
const OUT = "src/systems/control-plane/gen";

function buf(...args: readonly string[]): void {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ""}` };
  execFileSync(join(BIN, "buf"), args, { cwd: ROOT, env, stdio: "pipe" });
}

function readTree(folder: string): ReadonlyMap<string, string> {
  const files = globSync("**/*_pb.*", { cwd: folder }).sort();
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

test("the generated wire code is what the proto files give, offline", () => {
  const folder = makeTemporaryFolder();
  buf("generate", "--output", folder);
  const generated = readTree(join(folder, OUT));
  expect(generated.size).toBeGreaterThan(10);
  expect(readTree(join(ROOT, OUT))).toEqual(generated);
});

test("the proto files are well formed", () => {
  expect(() => buf("lint")).not.toThrow();
});
