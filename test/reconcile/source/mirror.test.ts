import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { randomText } from "./random-text.ts";
import { draftCommit, writeCommitObject } from "./sign-commit.ts";
import { openSourceWorld } from "./source-world.ts";
import { spoilBelow } from "./spoil-below.ts";

describe("a mirror", () => {
  test.each<[string, (mirror: string) => void]>([
    ["lost its newest pack", (mirror) => removeBelow(join(mirror, "objects", "pack"))],
    ["lost everything", (mirror) => removeBelow(mirror)],
    ["has a head of nonsense", (mirror) => writeFileSync(join(mirror, "HEAD"), "\0\0")],
    ["has settings of nonsense", (mirror) => writeFileSync(join(mirror, "config"), "[[[")],
    ["has packs of nonsense", (mirror) => spoilBelow(join(mirror, "objects", "pack"))],
    [
      "is a file",
      (mirror) => {
        rmSync(mirror, { recursive: true });
        writeFileSync(mirror, "x");
      },
    ],
    ["is gone", (mirror) => rmSync(mirror, { recursive: true })],
  ])("that %s is set aside and made anew: by a fetch", async (_what, damage) => {
    const { repository, open, mirrors } = openSourceWorld();
    const source = await open();
    const first = repository.push({ "a.yaml": "1" });
    await source.fetch();
    const [name = ""] = readdirSync(mirrors);
    damage(join(mirrors, name));
    const id = repository.push({ "a.yaml": "2" });
    expect((await source.fetch()).id).toBe(id);
    expect((await source.read(first)).files).toMatchObject([{ text: "1" }]);
    expect(readdirSync(mirrors).filter((entry) => entry.includes("."))).toContain(name);
  });

  test("that is damaged is made anew by a read too", async () => {
    const { repository, open, mirrors } = openSourceWorld();
    const source = await open();
    const id = repository.push({ "a.yaml": "1" });
    await source.fetch();
    const [name = ""] = readdirSync(mirrors);
    spoilBelow(join(mirrors, name, "objects", "pack"));
    expect((await source.read(id)).files).toMatchObject([{ text: "1" }]);
    expect(readdirSync(mirrors).toSorted()).toEqual([name, `${name}-damaged`]);
  });

  test("that a branch before a force push made too large is made anew, and takes no more than it may afterwards", async () => {
    const { repository, open, mirrors } = openSourceWorld();
    const most = 400_000;
    const source = await open({ max_bytes: most });
    const kept = () => readdirSync(mirrors, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (let count = 1; count <= 3; count += 1) {
      const text = randomText(900_000).slice((count - 1) * 300_000, count * 300_000);
      const id = repository.push({ "a.bin": text }, { from: "orphan" });
      expect((await source.fetch()).id).toBe(id);
      const bytes = kept().reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
      expect(bytes).toBeLessThan(most);
    }
    expect(readdirSync(mirrors)).toHaveLength(1);
  });

  test("that is damaged while the server is too gives one error, and is kept", async () => {
    const { repository, open, mirrors, serve } = openSourceWorld();
    const { server, url } = await serve();
    repository.push({ "a.yaml": "1" });
    const source = await open({ url });
    await source.fetch();
    const [name = ""] = readdirSync(mirrors);
    removeBelow(join(mirrors, name, "objects", "pack"));
    server.misbehave({ kind: "garbage" });
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_damaged" });
    expect(readdirSync(mirrors)).toEqual([name]);
  });

  test("with what a killed fetch left behind is fetched into", async () => {
    const { repository, open, mirrors } = openSourceWorld();
    repository.push({ "a.yaml": "1" });
    const source = await open();
    await source.fetch();
    const [name = ""] = readdirSync(mirrors);
    const mirror = join(mirrors, name);
    const [ref = ""] = readdirSync(join(mirror, "refs", "fetched"));
    for (const path of [
      `refs/fetched/${ref}.lock`,
      "packed-refs.lock",
      "config.lock",
      "shallow.lock",
      "objects/pack/tmp_pack_x",
      "HEAD.lock",
    ])
      writeFileSync(join(mirror, path), "");
    mkdirSync(join(mirrors, `${name}.half`));
    const id = repository.push({ "a.yaml": "2" });
    expect((await source.fetch()).id).toBe(id);
    expect(readdirSync(mirrors)).toEqual([name]);
    expect(existsSync(join(mirror, "objects/pack/tmp_pack_x"))).toBe(false);
  });

  test("whose process is killed in the middle of a fetch is fetched into by the next", async () => {
    const { repository, open, serve, mirrors } = openSourceWorld();
    const { server, url } = await serve();
    repository.push({ "a.yaml": "1" });
    const source = await open({ url });
    await source.fetch();
    const id = repository.push({ "a.bin": randomText(400_000) });
    server.misbehave({ kind: "stall", afterBytes: 200_000 });
    const config = JSON.stringify({ url, folder: mirrors });
    const child = spawn(process.execPath, [join(import.meta.dirname, "fetch-once.ts"), config], { stdio: "ignore" });
    const [name = ""] = readdirSync(mirrors);
    await expect
      .poll(() => readdirSync(join(mirrors, name, "objects", "pack")).some((file) => file.startsWith("tmp_")))
      .toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    server.misbehave(null);
    expect((await source.fetch()).id).toBe(id);
  });

  test("is shared by the sources of one repository, whatever they fetch at once", async () => {
    const { repository, open, mirrors } = openSourceWorld();
    const main = repository.push({ "a.yaml": "1" });
    const other = repository.push({ "a.yaml": "2" }, { branch: "other/a" });
    const sources = await Promise.all(["main", "other/a", "main", "other/a"].map((branch) => open({ branch })));
    const fetched = await Promise.all(sources.map((source) => source.fetch()));
    expect(fetched.map(({ id }) => id)).toEqual([main, other, main, other]);
    expect(readdirSync(mirrors)).toHaveLength(1);
  });

  test("does not grow by packs without end, and keeps what no branch has any more", async () => {
    const { repository, open, mirrors } = openSourceWorld();
    const source = await open();
    const first = repository.push({ "a.yaml": "0" });
    await source.fetch();
    const [name = ""] = readdirSync(mirrors);
    const pack = join(mirrors, name, "objects", "pack", "pack");
    // What a fetch of each of them leaves.
    for (let count = 1; count <= 50; count += 1) {
      const id = repository.feed(draftCommit([], `${count}`), "hash-object", "-t", "commit", "-w", "--stdin");
      repository.feed(id, "pack-objects", "--quiet", pack);
    }
    const newest = writeCommitObject(repository, draftCommit([], "newest"));
    expect((await source.fetch()).id).toBe(newest);
    const packs = readdirSync(join(mirrors, name, "objects", "pack")).filter((file) => file.endsWith(".pack"));
    expect(packs.length).toBeLessThan(10);
    expect((await source.read(first)).files).toMatchObject([{ text: "0" }]);
  });
});

function removeBelow(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}
