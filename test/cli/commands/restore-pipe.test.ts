import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, inject, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";

/** A store with one row and its backup. */
async function openScene() {
  const folder = makeTemporaryFolder();
  const database = await openDatabase(join(folder, "store"));
  onTestFinished(() => database.close());
  await database.records.takeDelivery("1", null);
  await runInProcess(["backup", "b.gz", "--store", "store"], {}, folder);
  return { folder, restored: join(folder, "restored") };
}

/** What the program does in a shell of its own, for as long as the test runs. */
async function run(script: string, cwd: string) {
  const env = { PATH: process.env.PATH, NO_COLOR: "1", NODE: process.execPath, CLI: inject("program") };
  const child = spawn("sh", ["-c", script], { cwd, env, detached: true });
  onTestFinished(() => {
    if (child.exitCode === null) process.kill(-(child.pid ?? 0), "SIGKILL");
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { code, stderr };
}

test.each([
  ["a pipe with a name", 'cat b.gz > pipe & "$NODE" "$CLI" restore pipe --store restored'],
  ["its standard input", 'cat b.gz | "$NODE" "$CLI" restore /dev/stdin --store restored'],
  ["its standard input, which is a file", '"$NODE" "$CLI" restore /dev/stdin --store restored < b.gz'],
])("a restore reads %s to its end, and all of it is there", async (_what, script) => {
  const { folder, restored } = await openScene();
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(await run(script, folder)).toEqual({ code: 0, stderr: expect.stringContaining("holds the 1 row of") });
  const database = await openDatabase(restored);
  onTestFinished(() => database.close());
  expect(await database.records.takeDelivery("1", null)).toBe(false);
});

test("a restore from a pipe whose backup is cut off makes no store", async () => {
  const { folder, restored } = await openScene();
  const script = 'head -c 60 b.gz | "$NODE" "$CLI" restore /dev/stdin --store restored';
  expect(await run(script, folder)).toEqual({ code: 1, stderr: expect.stringContaining("Nothing was changed.") });
  expect(existsSync(restored)).toBe(false);
});
