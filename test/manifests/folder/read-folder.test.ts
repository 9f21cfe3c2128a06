import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDiskView, type FolderView } from "../../../src/manifests/folder/folder-view.ts";
import { READ_LIMITS, readFolder } from "../../../src/manifests/folder/read-folder.ts";
import { walkFolder } from "../../../src/manifests/folder/walk-folder.ts";
import { loadDesired } from "../../../src/manifests/load-desired.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

describe("a folder", () => {
  test("that is not there is an operational error that names it", async () => {
    const missing = join(makeTemporaryFolder(), "nowhere");
    const failure = readFolder(missing);
    await expect(failure).rejects.toBeInstanceOf(OperationalError);
    await expect(failure).rejects.toMatchObject({ code: "folder_not_found", next: "stop" });
    await expect(failure).rejects.toThrow(missing);
  });

  test("whose name is empty is an operational error, not the folder one stands in", async () => {
    await expect(readFolder("")).rejects.toMatchObject({ code: "folder_not_found", next: "stop" });
  });

  test("that is a file is an operational error", async () => {
    const file = join(makeTemporaryFolder(), "file.yaml");
    writeFileSync(file, "name: x\n");
    await expect(readFolder(file)).rejects.toMatchObject({ code: "folder_not_found" });
  });

  test("reached by a link is read as the folder itself", async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, "real"));
    writeFileSync(join(folder, "real", "a.yaml"), "a");
    symlinkSync("real", join(folder, "link"));
    const { files, diagnostics } = await readFolder(join(folder, "link"));
    expect({ files, diagnostics }).toEqual({ files: [{ path: "a.yaml", text: "a" }], diagnostics: [] });
  });

  test("gives its files sorted by path, with / between folders", async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, "b", "c"), { recursive: true });
    for (const path of ["z.yml", "b/c/x.yaml", "b.yaml", "b/a.yaml", "b/no.txt"])
      writeFileSync(join(folder, path), path);
    const { files } = await readFolder(folder);
    expect(files.map((file) => file.path)).toEqual(["b.yaml", "b/a.yaml", "b/c/x.yaml", "z.yml"]);
  });

  test("with a file system loop of links is read to its end", async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, "a"));
    symlinkSync("b.yaml", join(folder, "a", "c.yaml"));
    symlinkSync("c.yaml", join(folder, "a", "b.yaml"));
    symlinkSync("..", join(folder, "a", "up"));
    const { files, diagnostics } = await readFolder(folder);
    expect(files).toEqual([]);
    expect(diagnostics.map(({ code, file }) => `${code} ${file}`)).toEqual([
      "file-unreadable a/b.yaml",
      "file-unreadable a/c.yaml",
    ]);
  });

  test("with a pipe named as a manifest does not wait for it", async () => {
    const folder = makeTemporaryFolder();
    execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
    const { diagnostics } = await readFolder(folder);
    expect(diagnostics.map(({ code, file }) => `${code} ${file}`)).toEqual(["file-unreadable pipe.yaml"]);
  });

  test("with as many entries as may be looked at is read, and with one more it ends with a mistake", async () => {
    const folder = makeTemporaryFolder();
    for (const path of ["a", "b/c"]) mkdirSync(join(folder, path), { recursive: true });
    for (const path of ["a/.hidden", "b/c/x.yaml", "notes.txt"]) writeFileSync(join(folder, path), "x");
    symlinkSync("notes.txt", join(folder, "link"));
    const whole = await readFolder(folder, { ...READ_LIMITS, entries: 7 });
    expect({ ...whole, files: whole.files.length }).toEqual({ files: 1, diagnostics: [] });
    const cut = await readFolder(folder, { ...READ_LIMITS, entries: 6 });
    expect(cut.diagnostics.map(({ code, file }) => `${code} ${file}`)).toEqual(["folder-too-large b/c"]);
  });

  test("with more in one folder than may be looked at is not listed to its end", async () => {
    const folder = makeTemporaryFolder();
    for (let index = 0; index < 50; index += 1) mkdirSync(join(folder, `d${index}`));
    const view = createDiskView(folder);
    let listed = 0;
    const counting: FolderView = {
      ...view,
      *list(path) {
        for (const entry of view.list(path)) {
          listed += 1;
          yield entry;
        }
      },
    };
    const found = [...walkFolder(folder, { depth: 32, entries: 10 }, counting)].filter(
      ({ found }) => found !== "nothing",
    );
    expect(found).toMatchObject([{ found: "mistake", diagnostic: { code: "folder-too-large", file: "." } }]);
    expect(listed).toBe(11);
  });

  test("with thousands of folders, or of other files in one, is read in turns with all else of the process", async () => {
    const folders = makeTemporaryFolder();
    for (let index = 0; index < 5_000; index += 1) mkdirSync(join(folders, `d${index}`));
    const files = makeTemporaryFolder();
    for (let index = 0; index < 50_000; index += 1) writeFileSync(join(files, `${index}.txt`), "");
    for (const folder of [folders, files]) {
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 1);
      await readFolder(folder);
      clearInterval(timer);
      expect(turns).toBeGreaterThan(0);
    }
  });

  test("with more mistakes than are kept is not read to its end", async () => {
    const folder = makeTemporaryFolder();
    for (let index = 0; index < 10_010; index += 1) symlinkSync("nowhere", join(folder, `${index}.yaml`));
    const { diagnostics } = await readFolder(folder);
    expect(diagnostics).toHaveLength(10_001);
    expect(diagnostics.at(-1)).toMatchObject({ code: "folder-too-large" });
  });

  test("with files of any bytes gives text or a diagnostic for each", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 }),
        async (contents) => {
          const folder = makeTemporaryFolder();
          mkdirSync(join(folder, "queues"));
          for (const [index, bytes] of contents.entries())
            writeFileSync(join(folder, "queues", `${index}.yaml`), bytes);
          const { files, diagnostics } = await readFolder(folder);
          expect(files.length + diagnostics.length).toBe(contents.length);
          await loadDesired(folder);
        },
      ),
      { numRuns: 100, seed: 17 },
    );
  });
});
