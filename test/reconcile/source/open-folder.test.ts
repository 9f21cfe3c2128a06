import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watch as watchFolder } from "chokidar";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FolderTools, openFolder } from "../../../src/reconcile/source/open-folder.ts";
import type { Source } from "../../../src/reconcile/source/source.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { createHandClock } from "../../store/hand-clock.ts";

const TIMES = { debounce_ms: 50, poll_ms: 60_000, jitter_ms: 0 };

async function openWorld(sleep?: FolderTools["sleep"]) {
  const folder = makeTemporaryFolder();
  const source = await openFolder({ kind: "folder", path: folder, ...TIMES }, sleep === undefined ? {} : { sleep });
  onTestFinished(() => source.close());
  return {
    folder,
    source,
    write: (name: string, text: string) => writeFileSync(join(folder, name), text),
    /** Another one who watches the folder, hidden files too; gives what it has seen. Whoever watched before is ready when it is. */
    witness: async () => {
      const seen: string[] = [];
      const watcher = watchFolder(folder, { ignoreInitial: true, cwd: folder });
      onTestFinished(() => watcher.close());
      watcher.on("all", (_what, path) => void seen.push(path));
      await once(watcher, "ready");
      return () => seen;
    },
  };
}

describe("a folder", () => {
  test("has a revision by its content, whenever it was written", async () => {
    const { folder, source, write } = await openWorld();
    write("a.yaml", "1");
    write("notes.txt", "x");
    utimesSync(join(folder, "a.yaml"), 1_700_000_000, 1_700_000_000);
    const first = await source.fetch();
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      subject: "",
      author: "",
      at: "2023-11-14T22:13:20.000Z",
    });
    write("notes.txt", "y");
    expect((await source.fetch()).id).toBe(first.id);
    // Which not every file system keeps.
    utimesSync(join(folder, "a.yaml"), 9_000_000_000_000, 9_000_000_000_000);
    expect((await source.fetch()).at).toMatch(/^\d{4}-\d\d-\d\dT/);
    write("a.yaml", "2");
    const second = await source.fetch();
    expect(second.id).not.toBe(first.id);
    expect((await source.read(first.id)).files).toMatchObject([{ path: "a.yaml", text: "1" }]);
    expect((await source.read(second.id)).files).toMatchObject([{ path: "a.yaml", text: "2" }]);
    expect([await source.compare(first.id, second.id), await source.compare(second.id, second.id)]).toEqual([
      "forward",
      "same",
    ]);
    expect(await source.verify(second.id, first.id)).toEqual({ ok: true, signers: [], verified: null });
    write("a.yaml", "1");
    expect((await source.fetch()).id).toBe(first.id);
  });

  test("has the revision that earlier releases gave to the same content", async () => {
    const { source, write } = await openWorld();
    for (const name of ["b", "a"]) write(`${name}.yaml`, name);
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    const content = [
      ["a.yaml", hash("a")],
      ["b.yaml", hash("b")],
    ];
    expect((await source.fetch()).id).toBe(hash(JSON.stringify([content, []])));
  });

  test("gives the same object for the same content", async () => {
    const { source, write } = await openWorld();
    write("a.yaml", "1");
    const { id } = await source.fetch();
    const read = await source.read(id);
    await source.fetch();
    expect(await source.read(id)).toBe(read);
  });

  test("counts a file that can't be read as a change, and tells it", async () => {
    const { source, write, folder } = await openWorld();
    write("a.yaml", "1");
    const before = await source.fetch();
    symlinkSync("nowhere.yaml", join(folder, "b.yaml"));
    const after = await source.fetch();
    expect(after.id).not.toBe(before.id);
    expect((await source.read(after.id)).diagnostics).toMatchObject([{ code: "file-unreadable", file: "b.yaml" }]);
  });

  test("has no revision that it never was in, and forgets old ones", async () => {
    const { source, write } = await openWorld();
    write("a.yaml", "0");
    const { id } = await source.fetch();
    for (const text of ["1", "2", "3"]) {
      write("a.yaml", text);
      await source.fetch();
    }
    for (const unknown of [id, "x"]) {
      await expect(source.read(unknown)).rejects.toMatchObject({ code: "revision_missing", next: "stop" });
      await expect(source.describe(unknown)).rejects.toMatchObject({ code: "revision_missing" });
    }
  });

  test("that is gone is unreachable, and fetched again when it is back", async () => {
    const { folder, source } = await openWorld();
    rmSync(folder, { recursive: true });
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_unreachable", next: "wait" });
    mkdirSync(folder);
    expect((await source.read((await source.fetch()).id)).files).toEqual([]);
  });

  test("calls back once for many changes, also in new folders", async () => {
    const clock = createHandClock();
    const { folder, source, write, witness } = await openWorld(clock.sleep);
    const watched = watch(source);
    const seen = await witness();
    mkdirSync(join(folder, "new"));
    for (const name of ["a", "b", "c"]) write(`new/${name}.yaml`, "1");
    await expect.poll(seen).toEqual(expect.arrayContaining(["new/a.yaml", "new/b.yaml", "new/c.yaml"]));
    await expect.poll(clock.sleepers).toBe(1);
    await seeMore(write, seen);
    expect(watched.calls()).toBe(0);
    clock.advance(TIMES.debounce_ms);
    await expect.poll(watched.calls).toBe(1);
    write("b.yaml", "1");
    await expect.poll(clock.sleepers).toBe(1);
    watched.end();
    clock.advance(TIMES.debounce_ms);
    await seeMore(write, seen);
    expect([watched.calls(), clock.sleepers()]).toEqual([1, 0]);
  });

  test("does not call back for what is hidden", async () => {
    const { folder, source, write, witness } = await openWorld(async () => {});
    mkdirSync(join(folder, ".git"));
    const { calls } = watch(source);
    const seen = await witness();
    write(".git/index", "x");
    await seeMore((name, text) => write(join(".git", name), text), seen);
    expect(calls()).toBe(0);
  });

  test("that Kubernetes mounts is read and watched through its links", async () => {
    const { folder, source } = await openWorld();
    const mount = (version: string) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, "a.yaml"), version);
      rmSync(join(folder, "..data"), { force: true });
      symlinkSync(version, join(folder, "..data"));
    };
    mount("..1");
    symlinkSync("..data/a.yaml", join(folder, "a.yaml"));
    const first = await source.fetch();
    expect((await source.read(first.id)).files).toMatchObject([{ path: "a.yaml", text: "..1" }]);
    let calls = 0;
    const end = new AbortController();
    onTestFinished(() => end.abort());
    source.watch(() => {
      calls += 1;
    }, end.signal);
    let version = 1;
    await expect
      .poll(
        () => {
          version += 1;
          mount(`..${version}`);
          return calls;
        },
        { interval: 300 },
      )
      .toBeGreaterThan(0);
    expect((await source.fetch()).id).not.toBe(first.id);
  });
});

/** Watches it until its end. */
function watch(source: Source) {
  let calls = 0;
  const end = new AbortController();
  onTestFinished(() => end.abort());
  source.watch(() => {
    calls += 1;
  }, end.signal);
  return { calls: () => calls, end: () => end.abort() };
}

/** Changes files one after the other, each once the change before it was seen: what came before them has been told by then. */
async function seeMore(write: (name: string, text: string) => void, seen: () => readonly string[]): Promise<void> {
  for (const _round of [1, 2, 3]) {
    const name = `${randomUUID()}.txt`;
    write(name, "1");
    await expect.poll(() => seen().some((path) => path.endsWith(name))).toBe(true);
  }
}
