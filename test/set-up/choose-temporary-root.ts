import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux keeps this folder in memory; in containers it is often small, or nothing in it may be run. */
const IN_MEMORY = "/dev/shm";
/** Several times what all tests have there at once. */
const ENOUGH_BYTES = 4e9;

/**
 * Where tests make their folders: where `TMPDIR` says, else in memory where that has room, because databases and git wait for a disk
 * at each commit.
 */
export function chooseTemporaryRoot(): string {
  return process.env.TMPDIR === undefined && canHold(IN_MEMORY) ? IN_MEMORY : tmpdir();
}

function canHold(root: string): boolean {
  let folder: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(root);
    if (bavail * bsize < ENOUGH_BYTES) return false;
    folder = mkdtempSync(join(root, "poolkeeper-"));
    const script = join(folder, "script");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o755 });
    execFileSync(script);
    return true;
  } catch {
    return false;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
