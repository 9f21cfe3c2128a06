import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openFolder } from "../../../src/reconcile/source/open-folder.ts";
import { measureFolder } from "../../../src/systems/git/within-limits.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";
import { spoilBelow } from "./spoil-below.ts";

const CREDENTIALS = { username: "git", password: "s3cret-token" };

describe("the heads of requests", () => {
  test.each(
    (["github", "gitlab", "gitea"] as const).flatMap((forge) => [[forge, "http"] as const, [forge, "file"] as const]),
  )("are fetched of %s over %s, all in one fetch, and once", async (forge, scheme) => {
    const { folder, repository, open, propose, serve } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const heads = [1, 2].map((number) => ({ number, sha: propose(number, { [`${number}.yaml`]: "1" }, { forge }) }));
    const { server, url } = await serve({ credentials: CREDENTIALS });
    const token = join(folder, "token");
    writeFileSync(token, CREDENTIALS.password);
    const source = await open(scheme === "http" ? { url, token: { file: token } } : {});
    await source.fetch();
    const proposals = proposalsOf(source);
    const before = server.requests.length;
    expect(await proposals.fetch(forge, heads)).toEqual(new Set([1, 2]));
    const asked = server.requests.length - before;
    expect(asked).toBe(scheme === "http" ? 3 : 0);
    expect(await proposals.fetch(forge, heads)).toEqual(new Set([1, 2]));
    expect(server.requests.length).toBe(before + asked);
    for (const { number, sha } of heads)
      expect(await proposals.merge(base, sha)).toMatchObject({ files: [`${number}.yaml`] });
  });

  test("that are gone, or moved since the forge was asked, are left out, and the others are fetched", async () => {
    const { repository, open, propose } = openProposalWorld();
    repository.push({ "a.yaml": "1" });
    const first = propose(1, { "b.yaml": "1" });
    const second = propose(2, { "b.yaml": "2" });
    const third = propose(3, { "b.yaml": "3" });
    const moved = propose(2, { "b.yaml": "4" });
    repository.ask("update-ref", "-d", "refs/pull/3/head");
    const source = await open();
    await source.fetch();
    const proposals = proposalsOf(source);
    const heads = [
      { number: 1, sha: first },
      { number: 2, sha: second },
      { number: 3, sha: third },
      { number: 4, sha: first },
    ];
    expect(await proposals.fetch("github", heads)).toEqual(new Set([1]));
    expect(await proposals.fetch("github", [{ number: 2, sha: moved }])).toEqual(new Set([2]));
    expect(await proposals.fetch("github", [{ number: 9, sha: moved }])).toEqual(new Set());
    expect(await proposals.fetch("github", [])).toEqual(new Set());
  });

  test("are what they are after a force push, and after a move to another base", async () => {
    const { repository, open, propose } = openProposalWorld();
    const main = repository.push({ "a.yaml": "1" });
    const release = repository.push({ "r.yaml": "1" }, { branch: "release" });
    const first = propose(1, { "b.yaml": "1" });
    const [onMain, onRelease] = await Promise.all([open(), open({ branch: "release" })]);
    await Promise.all([onMain.fetch(), onRelease.fetch()]);
    const proposals = proposalsOf(onMain);
    expect(await proposals.fetch("github", [{ number: 1, sha: first }])).toEqual(new Set([1]));
    const rebased = propose(1, { "c.yaml": "1" }, { from: release });
    expect(await proposals.fetch("github", [{ number: 1, sha: rebased }])).toEqual(new Set([1]));
    expect(await proposals.merge(main, rebased)).toMatchObject({ files: ["c.yaml", "r.yaml"] });
    // The base is release now: main forgets it, and release has it.
    await proposals.keep([]);
    const others = proposalsOf(onRelease);
    expect(await others.fetch("github", [{ number: 1, sha: rebased }])).toEqual(new Set([1]));
    expect(await others.merge(release, rebased)).toMatchObject({ files: ["c.yaml"] });
    await proposals.keep([]);
    expect(await others.merge(release, rebased)).toMatchObject({ files: ["c.yaml"] });
  });

  test("are never revisions of the branch, and can't fill its mirror", async () => {
    const { repository, open, propose, mirrors } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const head = propose(1, { "a.yaml": "2" });
    const source = await open({ max_bytes: 1_000_000 });
    await source.fetch();
    const proposals = proposalsOf(source);
    await proposals.fetch("github", [{ number: 1, sha: head }]);
    await expect(source.describe(head)).rejects.toMatchObject({ code: "revision_missing" });
    await expect(source.read(head)).rejects.toMatchObject({ code: "revision_missing" });
    expect(await source.compare(head, base)).toBe("unknown");
    const large = { number: 2, sha: propose(2, { "a.bin": randomBytes(2_000_000) }) };
    expect(await proposals.fetch("github", [large])).toEqual(new Set());
    expect(proposals.findRefusal(large)).toMatchObject({ code: "source_too_large", next: "wait" });
    expect(readdirSync(mirrors)).toHaveLength(1);
    expect((await source.fetch()).id).toBe(base);
    expect(await proposals.fetch("github", [{ number: 1, sha: head }])).toEqual(new Set([1]));
  });

  test("are fetched beside one that is too large, which is fetched again once another one is gone", async () => {
    const { repository, open, propose, serve, mirrors } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const { server, url } = await serve();
    const source = await open({ url, max_bytes: 1_000_000 });
    await source.fetch();
    const proposals = proposalsOf(source);
    const small = [1, 3].map((number) => ({ number, sha: propose(number, { [`${number}.yaml`]: "1" }) }));
    const large = { number: 2, sha: propose(2, { "a.bin": randomBytes(2_000_000) }) };
    const all = [large, ...small];
    const fetchAll = async (...there: readonly number[]) => {
      const before = server.requests.length;
      expect(await proposals.fetch("github", all)).toEqual(new Set(there));
      expect(proposals.findRefusal(large)).toMatchObject({ code: "source_too_large", next: "wait" });
      return server.requests.length - before;
    };
    // All at once, the same from scratch, each by itself, and those that fit together: three calls of the server for each.
    expect(await fetchAll(1, 3)).toBe(3 * (2 + all.length + 1));
    for (const head of small) {
      expect(proposals.findRefusal(head)).toBeNull();
      expect(await proposals.merge(base, head.sha)).toMatchObject({ files: [`${head.number}.yaml`] });
    }
    const [store = ""] = readdirSync(mirrors).filter((name) => name.includes("requests"));
    expect(await measureFolder(join(mirrors, store))).toBeLessThan(100_000);
    expect(await fetchAll(1, 3)).toBe(0);
    await proposals.keep([1, 2, 3]);
    expect(await fetchAll(1, 3)).toBe(0);
    all.pop();
    await proposals.keep([1, 2]);
    expect(await fetchAll(1)).toBeGreaterThan(0);
    const smaller = { number: 2, sha: propose(2, { "b.yaml": "1" }) };
    expect(await proposals.fetch("github", [smaller, ...small])).toEqual(new Set([1, 2, 3]));
  });

  test("take of the server only what the mirror does not have", async () => {
    const { repository, open, propose, mirrors } = openProposalWorld();
    const base = repository.push({ "a.bin": randomBytes(1_000_000) });
    const head = propose(1, { "a.yaml": "2" });
    const source = await open();
    await source.fetch();
    await proposalsOf(source).fetch("github", [{ number: 1, sha: head }]);
    const [store = ""] = readdirSync(mirrors).filter((name) => name.includes("requests"));
    expect(readdirSync(join(mirrors, store, "objects", "pack"))).not.toEqual([]);
    expect(await measureFolder(join(mirrors, store))).toBeLessThan(50_000);
    expect(await proposalsOf(source).merge(base, head)).toMatchObject({ files: ["a.yaml"] });
  });

  test.each([
    ["status", { kind: "status", status: 401 } as const, "source_refused"],
    ["fault", { kind: "status", status: 503 } as const, "source_unreachable"],
    ["silence", { kind: "silent" } as const, "source_unreachable"],
    ["damage", { kind: "corrupt" } as const, "source_damaged"],
  ])("are not there where the server answers by %s, and are after it", async (_what, how, code) => {
    const { repository, open, propose, serve } = openProposalWorld();
    const { server, url } = await serve();
    repository.push({ "a.yaml": "1" });
    const sha = propose(1, { "b.yaml": "1".repeat(500) });
    const source = await open({ url });
    await source.fetch();
    server.misbehave(how);
    const hasty = how.kind === "silent" ? await open({ url, timeout_ms: 10 * SOON_MS }) : source;
    await expect(proposalsOf(hasty).fetch("github", [{ number: 1, sha }])).rejects.toMatchObject({ code });
    server.misbehave(null);
    expect(await proposalsOf(source).fetch("github", [{ number: 1, sha }])).toEqual(new Set([1]));
  });

  test("are fetched at once by the sources of one repository", async () => {
    const { repository, open, propose } = openProposalWorld();
    const base = repository.push({ "x/a.yaml": "1", "y/a.yaml": "1" });
    const sha = propose(1, { "x/a.yaml": "2" });
    const sources = await Promise.all(["x", "y", "x", "y"].map((path) => open({ path })));
    await Promise.all(sources.map((source) => source.fetch()));
    const found = await Promise.all(
      sources.map(async (source) => {
        await proposalsOf(source).fetch("github", [{ number: 1, sha }]);
        return proposalsOf(source).merge(base, sha);
      }),
    );
    expect(found.map(({ files }) => files)).toEqual([["x/a.yaml"], [], ["x/a.yaml"], []]);
  });

  test("are fetched again where another source of the repository forgot them, and its files went", async () => {
    const { repository, open, propose, mirrors } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const sha = propose(1, { "b.yaml": "1" });
    const heads = [{ number: 1, sha }];
    const [source, other] = [await open(), await open()];
    await source.fetch();
    for (const each of [source, other]) await proposalsOf(each).fetch("github", heads);
    await proposalsOf(other).keep([]);
    const store = join(mirrors, readdirSync(mirrors).find((name) => name.endsWith("-requests.git")) ?? "");
    repository.ask("--git-dir", store, "repack", "-a", "-d", "-l", "--quiet");
    expect(() => repository.ask("--git-dir", store, "cat-file", "-e", sha)).toThrow();
    expect(await proposalsOf(source).fetch("github", heads)).toEqual(new Set([1]));
    expect(await proposalsOf(source).merge(base, sha)).toMatchObject({ files: ["b.yaml"] });
  });

  test("are what ends with the source", async () => {
    const { repository, open, propose, serve } = openProposalWorld();
    const { server, url } = await serve();
    repository.push({ "a.yaml": "1" });
    const sha = propose(1, { "b.yaml": "1" });
    const source = await open({ url });
    await source.fetch();
    server.misbehave({ kind: "silent" });
    const before = server.requests.length;
    const fetching = expect(proposalsOf(source).fetch("github", [{ number: 1, sha }])).rejects.toMatchObject({
      code: "source_unreachable",
      next: "stop",
    });
    await expect.poll(() => server.requests.length).toBe(before + 1);
    await source.close();
    await fetching;
  });
});

describe("what was fetched of requests", () => {
  async function openOne() {
    const world = openProposalWorld();
    const base = world.repository.push({ "a.yaml": "1" });
    const sha = world.propose(1, { "b.yaml": "1" });
    const source = await world.open();
    await source.fetch();
    const proposals = proposalsOf(source);
    await proposals.fetch("github", [{ number: 1, sha }]);
    const [name = ""] = readdirSync(world.mirrors).filter((entry) => entry.includes("requests"));
    return { ...world, base, sha, source, proposals, store: join(world.mirrors, name) };
  }

  test.each<[string, (store: string) => void]>([
    ["lost its packs", (store) => rmSync(join(store, "objects", "pack"), { recursive: true })],
    ["has a head that is not there", (store) => removePacks(store)],
    ["has packs of nonsense", (store) => spoilBelow(join(store, "objects", "pack"))],
    ["has settings of nonsense", (store) => writeFileSync(join(store, "config"), "[[[")],
    ["is a file", (store) => replaceByFile(store)],
    ["is gone", (store) => rmSync(store, { recursive: true })],
    ["has locks of a fetch that was killed", (store) => writeFileSync(join(store, "HEAD.lock"), "")],
  ])("and %s is made anew by a fetch", async (_what, damage) => {
    const { store, proposals, propose, base, sha } = await openOne();
    damage(store);
    const second = propose(2, { "c.yaml": "1" });
    const heads = [
      { number: 1, sha },
      { number: 2, sha: second },
    ];
    expect(await proposals.fetch("github", heads)).toEqual(new Set([1, 2]));
    expect(await proposals.merge(base, sha)).toMatchObject({ files: ["b.yaml"] });
    expect(await proposals.merge(base, second)).toMatchObject({ files: ["c.yaml"] });
  });

  test("and has packs of nonsense is made anew by a merge too", async () => {
    const { store, proposals, base, sha } = await openOne();
    spoilBelow(join(store, "objects", "pack"));
    expect(await proposals.merge(base, sha)).toMatchObject({ files: ["b.yaml"] });
  });

  test("is forgotten when no request has it any more, and its files are removed in time", async () => {
    const { store, proposals, base, sha, repository } = await openOne();
    await proposals.keep([1]);
    expect(await proposals.merge(base, sha)).toMatchObject({ kind: "merged" });
    const loose = join(store, "objects", "00");
    mkdirSync(loose, { recursive: true });
    const blob = repository.feed("x", "hash-object", "--stdin");
    for (let count = 0; count <= 2000; count += 1) {
      const path = join(loose, `${count}`.padStart(38, "0"));
      writeFileSync(path, blob);
      utimesSync(path, 0, 0);
    }
    await proposals.keep([]);
    expect(existsSync(loose) ? readdirSync(loose) : []).toEqual([]);
    expect(await proposals.fetch("github", [{ number: 1, sha }])).toEqual(new Set([1]));
  });

  test("is packed anew when there are many packs, without what no request has any more", async () => {
    const { store, proposals, base, sha, repository, propose } = await openOne();
    const gone = propose(2, { "c.yaml": "1" });
    await proposals.fetch("github", [{ number: 2, sha: gone }]);
    const pack = join(store, "objects", "pack", "pack");
    for (let count = 1; count <= 50; count += 1) {
      const id = repository.feed(`${count}`, "hash-object", "-w", "--stdin");
      repository.feed(id, "pack-objects", "--quiet", pack);
    }
    await proposals.keep([1]);
    expect(readdirSync(join(store, "objects", "pack")).filter((name) => name.endsWith(".pack"))).toHaveLength(1);
    await proposals.fetch("github", [{ number: 1, sha }]);
    expect(await proposals.merge(base, sha)).toMatchObject({ files: ["b.yaml"] });
    await expect(proposals.merge(base, gone)).rejects.toMatchObject({ code: "revision_missing" });
  });

  test("is fetched again where it stood on what a new mirror does not have", async () => {
    const { repository, open, propose, mirrors } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const other = repository.push({ "o.yaml": "1" }, { branch: "other" });
    const sha = propose(1, { "b.yaml": "1" }, { from: other });
    const [source, second] = await Promise.all([open(), open({ branch: "other" })]);
    await Promise.all([source.fetch(), second.fetch()]);
    await proposalsOf(source).fetch("github", [{ number: 1, sha }]);
    const [mirror = ""] = readdirSync(mirrors).filter((name) => !name.includes("requests"));
    rmSync(join(mirrors, mirror), { recursive: true });
    await source.fetch();
    const merge = await proposalsOf(source).merge(base, sha);
    expect(merge).toMatchObject({ kind: "merged", files: ["b.yaml", "o.yaml"] });
  });

  test("is not there before the first fetch: no head is", async () => {
    const { repository, open, propose } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const sha = propose(1, { "b.yaml": "1" });
    const source = await open();
    await source.fetch();
    await expect(proposalsOf(source).merge(base, sha)).rejects.toMatchObject({ code: "revision_missing" });
    await proposalsOf(source).keep([1]);
    expect(await proposalsOf(source).merge(base, base)).toMatchObject({ kind: "merged", count: 0 });
  });

  test("is merged while more of it is fetched, and forgotten", async () => {
    const { proposals, base, sha, propose } = await openOne();
    const heads = Array.from({ length: 5 }, (_, index) => ({
      number: index + 2,
      sha: propose(index + 2, { [`${index}.yaml`]: "1" }),
    }));
    const tasks = heads.flatMap((head) => [
      proposals.fetch("github", [head]),
      proposals.merge(base, sha),
      proposals.keep([1, ...heads.map(({ number }) => number)]),
      proposals.merge(base, sha),
    ]);
    expect((await Promise.all(tasks)).filter((done) => done !== undefined)).toHaveLength(15);
    expect(await proposals.merge(base, heads[4]?.sha ?? "")).toMatchObject({ files: ["4.yaml"] });
  });

  test("does not have a head that was never fetched, nor a base", async () => {
    const { proposals, base, sha } = await openOne();
    const missing = { code: "revision_missing" };
    for (const strange of ["1".repeat(40), "main", "-x", "HEAD", ""]) {
      await expect(proposals.merge(base, strange)).rejects.toMatchObject(missing);
      await expect(proposals.merge(strange, sha)).rejects.toMatchObject(missing);
      await expect(proposals.readTree(strange)).rejects.toMatchObject(missing);
    }
    await expect(proposals.merge(sha, base)).rejects.toMatchObject(missing);
  });

  test("is read without reading again what is known, and the branch's own last read stays", async () => {
    const { proposals, base, sha, source } = await openOne();
    const own = await source.read(base);
    const merge = await proposals.merge(base, sha);
    const tree = merge.kind === "merged" ? merge.tree : "";
    const read = await proposals.readTree(tree);
    expect(read.files.map(({ path }) => path)).toEqual(["a.yaml", "b.yaml"]);
    expect(await proposals.readTree(tree)).toBe(read);
    expect(await source.read(base)).toBe(own);
    const same = await proposals.merge(base, base);
    expect(await proposals.readTree(same.kind === "merged" ? same.tree : "")).toBe(own);
  });
});

describe("requests", () => {
  test("are planned by a git that merges without a work tree alone", async () => {
    const { repository, open, propose, folder } = openProposalWorld();
    const base = repository.push({ "a.yaml": "1" });
    const sha = propose(1, { "b.yaml": "1" });
    const real = repository.ask("--exec-path");
    mkdirSync(join(folder, "bin"));
    writeFileSync(
      join(folder, "bin", "git"),
      `#!/bin/sh\n[ "$1" = version ] && echo "git version 2.37.9" && exit\nexec ${real}/git "$@"\n`,
    );
    chmodSync(join(folder, "bin", "git"), 0o755);
    vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const source = await open();
    expect((await source.fetch()).id).toBe(base);
    await proposalsOf(source).fetch("github", [{ number: 1, sha }]);
    await expect(proposalsOf(source).merge(base, sha)).rejects.toMatchObject({
      code: "git_too_old",
      message: expect.stringContaining("2.37.9"),
    });
  });

  test("are of repositories; a folder has none", async () => {
    const { folder } = openProposalWorld();
    const source = await openFolder({ kind: "folder", path: folder, debounce_ms: 10, poll_ms: 1000, jitter_ms: 0 });
    expect(source.proposals).toBeNull();
  });
});

/** Bytes that do not compress, always the same. */
function randomBytes(length: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash("sha512").update(`${index}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, length);
}

function replaceByFile(store: string): void {
  rmSync(store, { recursive: true });
  writeFileSync(store, "x");
}

function removePacks(store: string): void {
  for (const name of readdirSync(join(store, "objects", "pack"))) rmSync(join(store, "objects", "pack", name));
}
