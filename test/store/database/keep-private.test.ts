import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { explainOpenFolder, makePrivateFile, makePrivateFolder } from "../../../src/store/database/keep-private.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

test("folders that are missing are made for their owner alone, and one that is there stays as it is", () => {
  const root = makeTemporaryFolder();
  const before = statSync(root).mode;
  makePrivateFolder(join(root, "a", "b"));
  makePrivateFolder(join(root, "a", "b"));
  expect([
    statSync(root).mode,
    statSync(join(root, "a")).mode & 0o777,
    statSync(join(root, "a", "b")).mode & 0o777,
  ]).toEqual([before, 0o700, 0o700]);
});

test("a place that takes no folder, or is a file, is an error at once", () => {
  const file = join(makeTemporaryFolder(), "file");
  writeFileSync(file, "");
  expect(() => makePrivateFolder(file)).toThrow(/EEXIST|ENOTDIR/);
  if (existsSync("/proc/self")) expect(() => makePrivateFolder("/proc/none/store")).toThrow(/ENOENT|EACCES|EPERM/);
});

test("a file of another user is refused, whatever its mode: they would read what is written there", () => {
  const file = join(makeTemporaryFolder(), "poolkeeper.sqlite");
  writeFileSync(file, "", { mode: 0o600 });
  const { uid } = statSync(file);
  const user = vi.spyOn(process, "getuid").mockReturnValue(uid + 1);
  onTestFinished(() => user.mockRestore());
  expect(() => makePrivateFile(file)).toThrow(`${file} belongs to the user ${uid}`);
});

test("a folder of another user, and one that all may write to, are reported with commands that a shell takes", () => {
  const folder = join(makeTemporaryFolder(), "pool keeper");
  mkdirSync(folder);
  expect(explainOpenFolder(folder)).toBeNull();
  chmodSync(folder, 0o777);
  expect(explainOpenFolder(folder)).toMatch(/chmod o-w '\/.*\/pool keeper'$/);
  // Another user that root is not.
  const own = (statSync(folder).uid || 1000) + 1;
  if (statSync(folder).uid === 0) chownSync(folder, 1000, 1000);
  const user = vi.spyOn(process, "getuid").mockReturnValue(own);
  onTestFinished(() => user.mockRestore());
  expect(explainOpenFolder(folder)).toMatch(new RegExp(`belongs to the user \\d+, .*chown ${own} '/.*/pool keeper'$`));
});
