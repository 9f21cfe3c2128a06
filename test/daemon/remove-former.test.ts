import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claimMirrors } from "../../src/daemon/remove-former.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

test("a cache folder is a store's once a daemon of that store had it last, and nothing of another one's is removed before", async () => {
  const folder = join(makeTemporaryFolder(), "cache");
  const mirror = join(folder, "mirrors", "0123456789abcdef.git");
  mkdirSync(mirror, { recursive: true });
  const claimed: boolean[] = [];
  for (const place of ["db/a", "db/a", "db/b", "db/a", "db/a"]) claimed.push(await claimMirrors(folder, place));
  expect(claimed).toEqual([false, true, false, false, true]);
  expect(existsSync(mirror)).toBe(true);
});
