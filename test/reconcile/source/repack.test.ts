import fs, { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

/** More of them are made one. */
const MANY = 50;
/** Of a disk of 1 GB. */
const RESERVE = 50_000_000;

/** Where a source packs what many fetches brought, in a repository that has as many packs: the mirror, and the one of the requests. */
const PLACES = [
  ["a mirror", "fetch", /^[0-9a-f]+\.git$/],
  ["what was fetched of requests", "keep", /-requests\.git$/],
] as const;

describe.each(PLACES)("%s with many packs", (_what, how, name) => {
  async function openMany() {
    const world = openProposalWorld();
    const { repository, mirrors, propose, open } = world;
    const warnings: string[] = [];
    const tools = { warn: (message: string) => warnings.push(message) };
    const base = repository.push({ "a.yaml": "1" });
    const sha = propose(1, { "b.yaml": "1" });
    const source = await open({}, tools);
    const pack = { fetch: () => source.fetch(), keep: () => proposalsOf(source).keep([1]) }[how];
    const fetchHead = () => proposalsOf(source).fetch("github", [{ number: 1, sha }]);
    await source.fetch();
    await fetchHead();
    const folder = join(mirrors, readdirSync(mirrors).find((entry) => name.test(entry)) ?? "", "objects", "pack");
    const addPacks = () => copyPack(folder, MANY);
    addPacks();
    const listPacks = () => readdirSync(folder).filter((entry) => entry.endsWith(".pack"));
    const listHalves = () => readdirSync(mirrors, { recursive: true }).filter((entry) => /tmp[_-]/.test(String(entry)));
    const merge = () => proposalsOf(source).merge(base, sha);
    return { ...world, source, pack, fetchHead, merge, addPacks, listPacks, listHalves, warnings };
  }

  test("keeps them where the disk has no room for a copy beside what is left to the store, and makes them one once it has", async () => {
    const { pack, listPacks, merge, warnings, repository, source, fetchHead } = await openMany();
    const free = leaveFree(RESERVE + 100);
    await pack();
    await pack();
    expect(listPacks()).toHaveLength(MANY + 1);
    expect(warnings).toEqual([expect.stringContaining("no room")]);
    const next = repository.push({ "a.yaml": "2" });
    expect((await source.fetch()).id).toBe(next);
    free.set(RESERVE + 10_000_000);
    await pack();
    expect(listPacks()).toHaveLength(1);
    await fetchHead();
    expect(await merge()).toMatchObject({ files: ["b.yaml"] });
    expect(warnings).toHaveLength(1);
  });

  test("loses the half of a copy that fails, and what it fails by is logged and stops nothing", async () => {
    const { folder, pack, addPacks, listPacks, listHalves, merge, warnings, repository, source } = await openMany();
    const next = repository.push({ "a.yaml": "2" });
    const git = replaceRepack(folder, `${repository.ask("--exec-path")}/git`, [
      ': >"$GIT_DIR/objects/pack/tmp_pack_half"; : >"$GIT_DIR/objects/pack/.tmp-1-pack-half.pack"',
      'echo "fatal: write error: No space left on device" >&2; exit 128',
    ]);
    await pack();
    expect(listHalves()).toEqual([]);
    expect(listPacks().length).toBeGreaterThan(MANY);
    expect(warnings).toEqual([expect.stringContaining("No space left on device")]);
    expect((await source.fetch()).id).toBe(next);
    expect(await merge()).toMatchObject({ files: ["b.yaml"] });
    // Not with each fetch: one that takes its whole time would keep all passes waiting.
    await pack();
    expect(git.runs()).toBe(1);
    addPacks();
    await pack();
    expect(git.runs()).toBe(2);
  });

  test("is fetched anew where git finds it damaged by making them one", async () => {
    const { folder, pack, fetchHead, listPacks, merge, repository } = await openMany();
    replaceRepack(folder, `${repository.ask("--exec-path")}/git`, ['echo "error: bad object" >&2; exit 128']);
    await pack();
    await fetchHead();
    expect(listPacks()).toHaveLength(1);
    expect(await merge()).toMatchObject({ files: ["b.yaml"] });
  });
});

test("a mirror whose packs can't be made one, and that can't be fetched anew either, is used as it is", async () => {
  const { folder, repository, mirrors, open } = openProposalWorld();
  const warnings: string[] = [];
  repository.push({ "a.yaml": "1" });
  const source = await open({}, { warn: (message) => warnings.push(message) });
  await source.fetch();
  const next = repository.push({ "a.yaml": "2" });
  const [mirror = ""] = readdirSync(mirrors);
  const packs = join(mirrors, mirror, "objects", "pack");
  copyPack(packs, MANY);
  // The draft of a new mirror has another name.
  replaceRepack(
    folder,
    `${repository.ask("--exec-path")}/git`,
    ['echo "error: bad object" >&2; exit 128'],
    [`case "$GIT_DIR" in *.git) ;; *) echo "fatal: write error: No space left on device" >&2; exit 128;; esac`],
  );
  expect((await source.fetch()).id).toBe(next);
  expect((await source.read(next)).files.map(({ path }) => path)).toEqual(["a.yaml"]);
  expect(warnings).toEqual([expect.stringContaining("bad object"), expect.stringContaining("No space left")]);
});

/** Puts so many copies of a pack beside it. */
function copyPack(folder: string, count: number) {
  const [found = ""] = readdirSync(folder).filter((entry) => entry.endsWith(".pack"));
  for (let index = 0; index < count; index += 1) {
    const copy = `pack-${`${readdirSync(folder).length}`.padStart(40, "0")}`;
    for (const kind of ["idx", "pack"]) {
      copyFileSync(join(folder, found.replace(/pack$/, kind)), join(folder, `${copy}.${kind}`));
    }
  }
}

/** What the disk says is free, in bytes. */
function leaveFree(bytes: number) {
  const found = vi.spyOn(fs.promises, "statfs");
  const set = (free: number) =>
    void found.mockImplementation(
      async () => ({ bavail: free, blocks: 1_000_000_000, bsize: 1 }) as fs.StatsFs & fs.BigIntStatsFs,
    );
  set(bytes);
  syncBuiltinESMExports();
  onTestFinished(() => {
    found.mockRestore();
    syncBuiltinESMExports();
  });
  return { set };
}

/** A git that repacks, and fetches, by these lines of a shell. */
function replaceRepack(folder: string, git: string, repack: readonly string[], fetch: readonly string[] = []) {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const runs = join(bin, "runs");
  writeFileSync(runs, "");
  const lines = [
    "#!/bin/sh",
    `case " $* " in *" repack "*) echo run >>"${runs}"`,
    ...repack,
    `;; *" fetch "*) :`,
    ...fetch,
    `;; esac; exec "${git}" "$@"`,
  ];
  writeFileSync(join(bin, "git"), `${lines.join("\n")}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { runs: () => readFileSync(runs, "utf8").split("\n").length - 1 };
}
