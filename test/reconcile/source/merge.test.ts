import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PushedFile } from "../../set-up/create-git-repository.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

type Files = Readonly<Record<string, PushedFile>>;

/** Merges a request that begins at `start` and brings `theirs` into a base that got `ours` meanwhile. */
async function mergeOne(start: Files, ours: Files, theirs: Files, path = "") {
  const world = openProposalWorld();
  const { repository, propose, open } = world;
  const before = repository.push(start);
  const head = propose(1, theirs, { from: before });
  const base = repository.push(ours, { from: before });
  const source = await open({ path });
  await source.fetch();
  const proposals = proposalsOf(source);
  expect(await proposals.fetch("github", [{ number: 1, sha: head }])).toEqual(new Set([1]));
  return { ...world, source, proposals, base, head, merge: await proposals.merge(base, head) };
}

const LINES = Array.from({ length: 20 }, (_, index) => `line-${index}: 1\n`);
const withLine = (index: number) => LINES.with(index, `line-${index}: 2\n`).join("");

describe("the head of a request merged into its base", () => {
  test("has what both of them changed, in one file too, and is read as a revision is", async () => {
    const { merge, proposals } = await mergeOne(
      { "a.yaml": LINES.join(""), "b.yaml": "b: 1\n", "gone.yaml": "x: 1\n", "same.yaml": "s: 1\n" },
      { "a.yaml": withLine(2), "b.yaml": "b: 2\n" },
      { "a.yaml": withLine(18), "new.yaml": "n: 1\n", "gone.yaml": null },
    );
    expect(merge).toMatchObject({ kind: "merged", files: ["a.yaml", "gone.yaml", "new.yaml"], count: 3 });
    const { files, diagnostics } = await proposals.readTree(merge.kind === "merged" ? merge.tree : "");
    expect(files.map(({ path, text }) => [path, text])).toEqual([
      ["a.yaml", LINES.with(2, "line-2: 2\n").with(18, "line-18: 2\n").join("")],
      ["b.yaml", "b: 2\n"],
      ["new.yaml", "n: 1\n"],
      ["same.yaml", "s: 1\n"],
    ]);
    expect(diagnostics).toEqual([]);
  });

  test("lists and reads what is below the source's path alone", async () => {
    const { merge, proposals } = await mergeOne(
      { "prod[1]/a.yaml": "1", "prod1/a.yaml": "1", "dev/a.yaml": "1" },
      { "README.md": "x" },
      { "prod[1]/a.yaml": "2", "prod1/a.yaml": "2", "dev/a.yaml": "2", 'prod[1]/b/é\n".yaml': "3" },
      "prod[1]",
    );
    expect(merge).toMatchObject({ kind: "merged", files: ["prod[1]/a.yaml", 'prod[1]/b/é\n".yaml'], count: 2 });
    const { files } = await proposals.readTree(merge.kind === "merged" ? merge.tree : "");
    expect(files.map(({ path }) => path)).toEqual(["a.yaml", 'b/é\n".yaml']);
  });

  test("lists no more than 1,000 files, and counts all of them", async () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}.yaml`, "1"]));
    const { merge } = await mergeOne({ a: "1" }, { b: "1" }, many);
    expect(merge).toMatchObject({ kind: "merged", count: 1001 });
    expect(merge.files).toHaveLength(1000);
  });

  test("that moves the source's folder away is a mistake, not an empty folder", async () => {
    const { merge, proposals } = await mergeOne(
      { "prod/a.yaml": "1" },
      { b: "1" },
      { "prod/a.yaml": null, "other/a.yaml": "1" },
      "prod",
    );
    expect(merge).toMatchObject({ kind: "merged", files: ["prod/a.yaml"] });
    const { files, diagnostics } = await proposals.readTree(merge.kind === "merged" ? merge.tree : "");
    expect([files, diagnostics]).toMatchObject([[], [{ summary: "The revision has no folder prod" }]]);
  });

  test("that the base has already changes nothing", async () => {
    const { repository, source, proposals, base, head } = await mergeOne({ a: "1" }, { b: "1" }, { c: "1" });
    const tree = repository.ask("rev-parse", `${base}^{tree}`);
    for (const same of [base, repository.ask("rev-parse", `${base}~1`)])
      expect(await proposals.merge(base, same)).toEqual({ kind: "merged", tree, files: [], count: 0 });
    const merged = repository.ask(...AS, "commit-tree", "-m", "m", "-p", base, "-p", head, tree);
    repository.ask("update-ref", "refs/heads/main", merged);
    await source.fetch();
    expect(await proposals.merge(merged, head)).toMatchObject({ kind: "merged", count: 0 });
  });

  test("that has no history in common with the base is a conflict without files", async () => {
    const { repository, propose, open } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const head = propose(1, { "b.yaml": "1" }, { from: "orphan" });
    const source = await open();
    await source.fetch();
    await proposalsOf(source).fetch("github", [{ number: 1, sha: head }]);
    expect(await proposalsOf(source).merge(base, head)).toEqual({ kind: "conflict", files: [] });
  });

  test.each<[string, Files, Files, Files, readonly string[]]>([
    ["the same line", { "a.yaml": "1\n" }, { "a.yaml": "2\n" }, { "a.yaml": "3\n" }, ["a.yaml"]],
    ["a file that is gone", { "a.yaml": "1\n" }, { "a.yaml": null }, { "a.yaml": "3\n" }, ["a.yaml"]],
    [
      "a file that one side renames and the other removes",
      { "a.yaml": LINES.join("") },
      { "a.yaml": null },
      { "a.yaml": null, "b.yaml": LINES.join("") },
      ["b.yaml"],
    ],
    [
      "bytes that are no text",
      { a: Buffer.from([0, 1]) },
      { a: Buffer.from([0, 2]) },
      { a: Buffer.from([0, 3]) },
      ["a"],
    ],
    ["a name with everything in it", {}, { "é \"\n\t'.yaml": "1\n" }, { "é \"\n\t'.yaml": "2\n" }, ["é \"\n\t'.yaml"]],
    ["a link", { a: { link: "x" } }, { a: { link: "y" } }, { a: { link: "z" } }, ["a"]],
    ["a file and a folder of one name", { x: "1" }, { "d/e": "1" }, { d: "1" }, ["d"]],
  ])("conflicts where both changed %s", async (_what, start, ours, theirs, files) => {
    const { merge } = await mergeOne({ ...start, "other.yaml": "1" }, ours, theirs);
    expect(merge).toEqual({ kind: "conflict", files });
  });

  test("conflicts where both moved a submodule, which nobody looks at", async () => {
    const { repository, open } = openProposalWorld();
    const start = repository.push({ "a.yaml": "1" });
    const move = (digit: string, from: string, ref: string) =>
      repository.push({ module: { module: digit.repeat(40) } }, { from, ref });
    const first = move("1", start, "refs/heads/main");
    const head = move("2", first, "refs/pull/1/head");
    const base = move("3", first, "refs/heads/main");
    const source = await open();
    await source.fetch();
    await proposalsOf(source).fetch("github", [{ number: 1, sha: head }]);
    expect(await proposalsOf(source).merge(base, head)).toEqual({ kind: "conflict", files: ["module"] });
  });

  test("names files with long names that conflict by their beginnings", async () => {
    const name = `${"n".repeat(20_000)}.yaml`;
    const { merge } = await mergeOne({ [name]: "1" }, { [name]: "2" }, { [name]: "3" });
    expect(merge).toEqual({ kind: "conflict", files: [`${"n".repeat(1024)}...`] });
  });

  test("names at most 100 files that conflict", async () => {
    const all = (text: string) => Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, text]));
    const { merge } = await mergeOne(all("1\n"), all("2\n"), all("3\n"));
    expect(merge.kind).toBe("conflict");
    expect(merge.files).toHaveLength(100);
  });

  test("runs nothing that the repository names: drivers, filters, hooks", async () => {
    const mark = join(openProposalWorld().folder, "mark");
    const settings = `[merge "evil"]\n\tdriver = touch ${mark}\n[filter "evil"]\n\tclean = touch ${mark}\n[diff "evil"]\n\tcommand = touch ${mark}\n\ttextconv = touch ${mark}\n`;
    const evil = {
      ".gitattributes": "* merge=evil filter=evil diff=evil\n",
      ".gitconfig": settings,
      ".git2/config": settings,
      "hooks/post-merge": `#!/bin/sh\ntouch ${mark}\n`,
      "info/attributes": "* merge=evil\n",
      ".config/git/attributes": "* merge=evil\n",
    };
    const { merge, proposals } = await mergeOne(
      { ...evil, "a.yaml": LINES.join(""), "b.yaml": "1\n" },
      { "a.yaml": withLine(2) },
      { "a.yaml": withLine(18) },
    );
    expect(merge).toMatchObject({ kind: "merged", files: ["a.yaml"] });
    await proposals.readTree(merge.kind === "merged" ? merge.tree : "");
    const conflict = await mergeOne({ ...evil, "a.yaml": "1\n" }, { "a.yaml": "2\n" }, { "a.yaml": "3\n" });
    expect(conflict.merge).toEqual({ kind: "conflict", files: ["a.yaml"] });
    expect(existsSync(mark)).toBe(false);
  });
});

const AS = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
