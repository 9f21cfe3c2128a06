import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readFolder } from "../../../src/manifests/folder/read-folder.ts";
import { readTree } from "../../../src/reconcile/source/read-tree.ts";
import type { PushedFile } from "../../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { openSourceWorld } from "./source-world.ts";

function writeFolder(files: Readonly<Record<string, PushedFile>>): string {
  const folder = makeTemporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (content === null) continue;
    if (typeof content === "string" || Buffer.isBuffer(content)) writeFileSync(join(folder, path), content);
    else if ("link" in content) symlinkSync(content.link, join(folder, path));
  }
  return folder;
}

async function readRevision(files: Readonly<Record<string, PushedFile>>, path = "") {
  const { repository, open } = openSourceWorld();
  const id = repository.push(files);
  const source = await open({ path });
  await source.fetch();
  const { files: found, diagnostics } = await source.read(id);
  return { files: found.map(({ path: at, text }) => ({ path: at, text })), diagnostics };
}

const LONG = Array.from({ length: 34 }, (_, depth) => `d${depth}`).join("/");

describe("a revision is read as the same folder on disk:", () => {
  test.each<[string, Readonly<Record<string, PushedFile>>]>([
    [
      "names",
      {
        "a.yaml": "1",
        "b.yml": "2",
        "c.YAML": "3",
        "d.json": "{}",
        "z/é.yaml": "4",
        "z/a b.yaml": "5",
        ".x.yaml": "6",
        ".git2/y.yaml": "7",
        "z/.h/i.yaml": "8",
      },
    ],
    ["order", { "b/a.yaml": "1", "b.yaml": "2", "b/c/x.yaml": "3", "B.yaml": "4" }],
    [
      "texts",
      {
        "a.yaml": "\uFEFFa: 1\n",
        "b.yaml": Buffer.from([0xff, 0xfe]),
        "c.yaml": "a\0b",
        "d.yaml": "",
        "e.yaml": "#".repeat(1_000_001),
      },
    ],
    [
      "links",
      {
        "a.yaml": "1",
        "b.yaml": { link: "a.yaml" },
        "c.txt": "2",
        "d.yaml": { link: "c.txt" },
        "e/f.yaml": { link: "../c.txt" },
        g: { link: "e" },
      },
    ],
    [
      "links that lead nowhere",
      {
        "a.yaml": { link: "none.yaml" },
        b: { link: "none" },
        "c.txt": { link: "none" },
        "d.yaml": { link: "d.yaml" },
        "e.yaml": { link: "x.txt/y" },
        "x.txt": "",
      },
    ],
    [
      "links out of it",
      {
        "a.yaml": { link: "/etc/hostname" },
        b: { link: "/etc" },
        "c.yaml": { link: "../../../../../../../../etc/hostname" },
        "d.txt": { link: "/etc/hostname" },
      },
    ],
    ["links into hidden folders", { ".data/a.yaml": "1", "a.yaml": { link: ".data/a.yaml" }, b: { link: ".data" } }],
    [
      "links to links and up",
      { "x/a.txt": "1", b: { link: "c" }, c: { link: "x" }, "d.yaml": { link: "b/a.txt" }, "x/up": { link: ".." } },
    ],
    ["depth", { [`${LONG}/a.yaml`]: "1", "a.yaml": "2" }],
    ["nothing", { "README.md": "x" }],
  ])("%s", async (_what, files) => {
    const onDisk = await readFolder(writeFolder(files));
    const inGit = await readRevision(files);
    expect(inGit.files).toEqual(onDisk.files);
    expect(inGit.diagnostics).toEqual(onDisk.diagnostics);
  });
});

describe("a revision", () => {
  test("is read below the target's path, and links out of it are a mistake", async () => {
    const { files, diagnostics } = await readRevision(
      {
        "a.yaml": "no",
        "clusters/prod/b.yaml": "yes",
        "clusters/prod/c.yaml": { link: "../../a.yaml" },
        "clusters/dev/d.yaml": "no",
      },
      "clusters/prod",
    );
    expect(files).toEqual([{ path: "b.yaml", text: "yes" }]);
    expect(diagnostics).toMatchObject([{ code: "link-outside", file: "c.yaml", severity: "error" }]);
  });

  test.each(["none", "a.yaml", "link", "module"])(
    "without a folder at the path (%s) is a mistake, not an empty one",
    async (path) => {
      const { repository, open } = openSourceWorld();
      const module = { module: "1".repeat(40) };
      repository.push({ "a.yaml": "1", link: { link: "x" }, "x/b.yaml": "2", module });
      const source = await open({ path });
      const { id } = await source.fetch();
      const { files, diagnostics } = await source.read(id);
      expect(files).toEqual([]);
      expect(diagnostics).toMatchObject([{ severity: "error", summary: `The revision has no folder ${path}` }]);
    },
  );

  test("names each text by its blob, which is the same for the same text", async () => {
    const { repository, open } = openSourceWorld();
    const first = repository.push({ "a.yaml": "1", "b.yaml": "1", "c.yaml": "2" });
    const second = repository.push({ "c.yaml": "3", "README.md": "x" });
    const source = await open();
    await source.fetch();
    const before = (await source.read(first)).files.map(({ blob }) => blob);
    const after = (await source.read(second)).files.map(({ blob }) => blob);
    expect(before[0]).toBe(before[1]);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toBe(before[2]);
  });

  test("whose folder did not change gives the same object as before", async () => {
    const { repository, open } = openSourceWorld();
    const first = repository.push({ "config/a.yaml": "1" });
    const second = repository.push({ "README.md": "x" });
    const source = await open({ path: "config" });
    await source.fetch();
    expect(await source.read(second)).toBe(await source.read(first));
  });

  test("does not read a text again that it knows", async () => {
    const { repository } = openSourceWorld();
    repository.push({ "a.yaml": "known", "b.yaml": "new" });
    const reader = {
      environment: { PATH: process.env.PATH ?? "", GIT_DIR: repository.folder },
      tip: "main",
      place: repository.url,
      timeoutMs: PATIENCE_MS,
      signal: new AbortController().signal,
    };
    const known = new Map([
      [repository.ask("rev-parse", "main:a.yaml"), { ok: true, text: "remembered", bytes: 5 } as const],
    ]);
    const { read, texts } = await readTree(reader, repository.ask("rev-parse", "main^{tree}"), known);
    expect(read.files.map(({ text }) => text)).toEqual(["remembered", "new"]);
    expect([...texts.keys()].toSorted()).toEqual(read.files.map(({ blob }) => blob).toSorted());
  });

  test("with a folder that unfolds without end is refused, not listed", async () => {
    const { repository, open } = openSourceWorld();
    // Each tree holds the one below it ten times: 10^9 paths in a few objects.
    let [type, id] = ["100644 blob", repository.feed("a: 1\n", "hash-object", "-w", "--stdin")];
    for (let level = 0; level < 9; level += 1) {
      const lines = Array.from({ length: 10 }, (_, index) => `${type} ${id}\tf${index}${level === 0 ? ".yaml" : ""}\n`);
      id = repository.feed(lines.join(""), "mktree");
      type = "040000 tree";
    }
    const commit = repository.ask(
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@example.com",
      "commit-tree",
      "-m",
      "bomb",
      id,
    );
    repository.ask("update-ref", "refs/heads/main", commit);
    const source = await open();
    await source.fetch();
    await expect(source.read(commit)).rejects.toMatchObject({ code: "source_too_large", next: "wait" });
  });
});

describe("what is said of a revision", () => {
  test("is one line without control characters, cut where it is long", async () => {
    const { repository, open } = openSourceWorld();
    const id = repository.push({ "a.yaml": "1" }, { message: `\u001b[31mred \u202e${"x".repeat(300)}\nsecond line` });
    const source = await open();
    await source.fetch();
    const { subject, author } = await source.describe(id);
    expect(subject).toHaveLength(200);
    expect(subject).toMatch(/^\[31mred {2}x+$/);
    expect(author).toBe("Test Author <author@example.com>");
  });
});
