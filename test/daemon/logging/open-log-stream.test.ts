import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLogStream } from "../../../src/daemon/logging/open-log-stream.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { waitFor } from "../../set-up/wait-for.ts";

/** A pipe of which nobody reads, and which is full. */
function openFullPipe(): number {
  const path = join(makeTemporaryFolder(), "pipe");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(fd));
  const fill = () => {
    try {
      return writeSync(fd, ".".repeat(4096)) > 0;
    } catch {
      return false;
    }
  };
  while (fill());
  return fd;
}

test("a reader of the log that stands still keeps nobody waiting: what fits waits for it, and the rest is counted", async () => {
  const fd = openFullPipe();
  const dropped: number[] = [];
  const stream = openLogStream(fd, false, (lines) => {
    dropped.push(lines);
    stream.write(`${lines} dropped\n`);
  });
  const line = `${"x".repeat(1023)}\n`;
  stream.write("first\n");
  for (let count = 0; count < 2048; count += 1) stream.write(line);
  expect(dropped).toEqual([]);
  let text = "";
  const read = () => {
    const buffer = Buffer.alloc(65_536);
    try {
      text += buffer.toString("latin1", 0, readSync(fd, buffer));
    } catch {
      // Nothing is there yet.
    }
    return text.endsWith(" dropped\n");
  };
  await waitFor(read, () => text.slice(-100));
  const lines = text.slice(text.indexOf("first")).split("\n").slice(1, -2);
  expect(lines.every((one) => one === "x".repeat(1023))).toBe(true);
  expect([dropped.length, lines.length + (dropped[0] ?? 0)]).toEqual([1, 2048]);
});
