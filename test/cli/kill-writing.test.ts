import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { writeNewFiles } from "../../src/cli/output/write-new-files.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const WRITER = pathToFileURL(join(import.meta.dirname, "../../src/cli/output/write-new-files.ts"));
/** So long that it is killed in the middle. */
const LENGTH = 200_000_000;

test("files that are written by a process that is killed are there as a whole or not at all, and the next run writes the rest", async () => {
  const folder = makeTemporaryFolder();
  const script = `const { writeNewFiles } = await import(${JSON.stringify(WRITER.href)});
    writeNewFiles(${JSON.stringify(folder)}, [{ path: "a.yaml", text: "#".repeat(${LENGTH}) }]);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
  const ended = once(child, "exit");
  while (readdirSync(folder).length === 0 && child.exitCode === null) await setImmediate();
  child.kill("SIGKILL");
  await ended;
  const path = join(folder, "a.yaml");
  expect(existsSync(path) && statSync(path).size !== LENGTH).toBe(false);
  if (existsSync(path)) return;
  expect(writeNewFiles(folder, [{ path: "a.yaml", text: "# a\n" }]).written).toEqual(["a.yaml"]);
  expect(readdirSync(folder)).toEqual(["a.yaml"]);
});
