import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openFolder } from "../../src/source/open-folder.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const TIMES = { debounce_ms: 50, poll_ms: 60_000, jitter_ms: 0 };

async function openWorld() {
  const folder = makeTemporaryFolder();
  const source = await openFolder({ kind: "folder", path: folder, ...TIMES });
  onTestFinished(() => source.close());
  return { folder, source, write: (name: string, text: string) => writeFileSync(join(folder, name), text) };
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

  test("calls back once for many changes, also in new folders, and not for hidden ones", async () => {
    const { folder, source, write } = await openWorld();
    mkdirSync(join(folder, ".git"));
    let calls = 0;
    const end = new AbortController();
    source.watch(() => {
      calls += 1;
    }, end.signal);
    await expect
      .poll(
        () => {
          write("a.yaml", `${Math.random()}`);
          return calls;
        },
        { timeout: 15_000, interval: 200 },
      )
      .toBeGreaterThan(0);
    await settle();
    calls = 0;
    write(".git/index", "x");
    await settle();
    expect(calls).toBe(0);
    mkdirSync(join(folder, "new"));
    for (const name of ["a", "b", "c"]) write(`new/${name}.yaml`, "1");
    await expect.poll(() => calls, { timeout: 15_000 }).toBe(1);
    end.abort();
    write("a.yaml", "after the end");
    await settle();
    expect(calls).toBe(1);
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
        { timeout: 15_000, interval: 300 },
      )
      .toBeGreaterThan(0);
    expect((await source.fetch()).id).not.toBe(first.id);
  });
});

/** Longer than changes are gathered. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 400));
}
