import { execFileSync, spawn } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { writeBackupFile } from "../../../src/store/backup/write-backup-file.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

test("a backup goes through a pipe to its reader, and leaves the pipe", async () => {
  const folder = makeTemporaryFolder();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const reader = spawn("cat", [pipe]);
  onTestFinished(() => void reader.kill());
  const read = buffer(reader.stdout);
  const rows = async function* () {
    yield { table: "pause", row: { id: "1" } };
  };
  expect(await writeBackupFile(pipe, rows(), "2026-11-01T12:00:00.000Z")).toBe(1);
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  expect(gunzipSync(await read).toString()).toContain("poolkeeper-backup");
  expect(readdirSync(folder)).toEqual(["pipe"]);
});
