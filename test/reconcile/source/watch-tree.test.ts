import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type WatchLimits, watchTree } from "../../../src/reconcile/source/watch-tree.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

const LIMITS: WatchLimits = { folders: 1000, entries: 10_000, depth: 32 };

/** A folder `tree` that is watched, in a folder of its own. */
function openWorld(limits: Partial<WatchLimits> = {}) {
  const folder = makeTemporaryFolder();
  const root = join(folder, "tree");
  const make = (path: string) => mkdirSync(join(root, path), { recursive: true });
  make("");
  let calls = 0;
  const reports: (string | null)[] = [];
  const watching = watchTree(root, {
    changed: () => {
      calls += 1;
    },
    report: (why) => void reports.push(why),
    limits: { ...LIMITS, ...limits },
  });
  onTestFinished(() => watching.close());
  /** Waits for the call that a change brings. */
  const untilSeen = async (change: () => void) => {
    const former = calls;
    change();
    await expect.poll(() => calls).toBeGreaterThan(former);
  };
  return {
    ...{ folder, root, make, reports, watching, untilSeen },
    write: (path: string) => writeFileSync(join(root, path), `${calls}`),
    calls: () => calls,
    /** Folders that are watched, the parent of the tree left out. */
    watched: () => countWatched(folder),
  };
}

/** How many of the folders below one the kernel watches for this process, which has one queue of events or several. */
function countWatched(folder: string): number {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const numbers = new Set(below.map(({ parentPath, name }) => statSync(join(parentPath, name)).ino.toString(16)));
  const watched = readdirSync("/proc/self/fdinfo").flatMap((name) => listWatched(`/proc/self/fdinfo/${name}`));
  return watched.filter((number) => numbers.has(number)).length;
}

/** The inode numbers of what an open file watches. */
function listWatched(path: string): readonly string[] {
  try {
    return [...readFileSync(path, "utf8").matchAll(/^inotify wd:\S+ ino:(\S+)/gm)].map(([, number]) => number ?? "");
  } catch {
    return []; // The listing itself had it open.
  }
}

test("a tree is watched in all of its folders, those that come later and those that replace others included", async () => {
  const { folder, root, make, write, watching, untilSeen, watched } = openWorld();
  make("a/b");
  await watching.refresh();
  await untilSeen(() => write("a/b/1.yaml"));
  expect(watched()).toBe(3);

  await untilSeen(() => make("c/d"));
  await expect.poll(watched).toBe(5);
  await untilSeen(() => write("c/d/1.yaml"));

  rmSync(join(root, "a"), { recursive: true });
  make("a/b");
  await expect.poll(watched).toBe(5);
  await watching.refresh();
  await untilSeen(() => write("a/b/1.yaml"));

  mkdirSync(join(folder, "moved/e"), { recursive: true });
  await untilSeen(() => renameSync(join(folder, "moved"), join(root, "moved")));
  await expect.poll(watched).toBe(7);
  await untilSeen(() => write("moved/e/1.yaml"));

  await untilSeen(() => rmSync(join(root, "moved"), { recursive: true }));
  await expect.poll(watched).toBe(5);
  watching.close();
  expect(watched()).toBe(0);
});

test("neither what is hidden, nor what links lead to, nor what is nested too deep is watched", async () => {
  const { folder, root, make, watching, watched } = openWorld({ depth: 2 });
  for (const path of [".git/objects", "..data", "a/b/c/d"]) make(path);
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync("../elsewhere", join(root, "link"));
  await watching.refresh();
  expect(watched()).toBe(4);
});

test.each<[string, Partial<WatchLimits>, string]>([
  ["folders", { folders: 10 }, "it has more than 10 folders"],
  ["files", { entries: 20 }, "it has more than 20 files and folders"],
])(
  "a tree with more %s than the limit is not watched and reported once, and watched again once it has fewer",
  async (_, limits, why) => {
    const { root, make, write, watching, reports, untilSeen, watched } = openWorld(limits);
    for (let index = 0; index < 10; index += 1) make(`d${index}`);
    for (let index = 0; index < 11; index += 1) write(`d0/${index}.txt`);
    await watching.refresh();
    await watching.refresh();
    expect([reports, watched()]).toEqual([[why], 0]);
    rmSync(join(root, "d0"), { recursive: true });
    await watching.refresh();
    expect([reports, watched()]).toEqual([[why, null], 10]);
    await untilSeen(() => write("d9/1.yaml"));
  },
);

test("a tree that grows past the limit while it is watched is no longer watched", async () => {
  const { make, watching, reports, watched } = openWorld({ folders: 10 });
  await watching.refresh();
  for (let index = 0; index < 10; index += 1) make(`d${index}`);
  await expect.poll(() => reports).toEqual(["it has more than 10 folders"]);
  expect(watched()).toBe(0);
});

test("a folder whose path is longer than the system takes is left out, and the others stay watched", async () => {
  const { root, make, write, reports, watching, untilSeen, watched } = openWorld();
  const long = "d".repeat(200);
  const path = Array.from({ length: Math.floor((4094 - root.length) / 201) }, () => long).join("/");
  make(path);
  await watching.refresh();
  const folders = watched();
  // As git does it: by a path that begins where it stands.
  const there = (program: string) => execFileSync(program, [long], { cwd: join(root, path) });
  await untilSeen(() => there("mkdir"));
  await watching.refresh();
  await untilSeen(() => write("1.yaml"));
  there("rmdir");
  expect([watched(), reports]).toEqual([folders, []]);
});

test("a folder that is removed, and one that takes its place, are seen", async () => {
  const { folder, root, make, write, watching, untilSeen, watched } = openWorld();
  await watching.refresh();
  await untilSeen(() => rmSync(root, { recursive: true }));
  await expect.poll(watched).toBe(0);
  await untilSeen(() => make("a"));
  await expect.poll(watched).toBe(2);
  await untilSeen(() => write("a/1.yaml"));
  mkdirSync(join(folder, "next/b"), { recursive: true });
  await untilSeen(() => {
    renameSync(root, join(folder, "former"));
    renameSync(join(folder, "next"), root);
  });
  await expect.poll(watched).toBe(2);
  await untilSeen(() => write("b/1.yaml"));
});

test("a large tree is looked at in turns with all else of the process", async () => {
  const { make, watching, watched } = openWorld({ folders: 5000, entries: 100_000 });
  for (let index = 0; index < 4000; index += 1) make(`d${index}`);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  await watching.refresh();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  expect(watched()).toBe(4001);
});

test.each([
  [
    "in the folder",
    (root: string, index: number) => {
      const folder = join(root, `b${index % 50}`);
      mkdirSync(folder);
      rmSync(folder, { recursive: true });
    },
  ],
  [
    "of the folder itself",
    (root: string) => {
      renameSync(root, `${root}.aside`);
      renameSync(`${root}.aside`, root);
    },
  ],
  [
    "beside the folder",
    (root: string) => {
      writeFileSync(`${root}.beside`, "");
      rmSync(`${root}.beside`);
    },
  ],
])("more changes %s than are looked at one by one end the watch, which goes on afterwards", async (_where, change) => {
  const { make, root, watching, write, calls, watched, untilSeen } = openWorld();
  make("a");
  await watching.refresh();
  for (let index = 0; index < 3000; index += 1) change(root, index);
  await expect.poll(calls).toBeGreaterThan(0);
  expect(calls()).toBeLessThan(2000);
  await expect.poll(watched).toBe(2);
  await untilSeen(() => write("a/1.yaml"));
});
