import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withoutHalves } from "../../../src/systems/delivery/without-halves.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { openGitWorld } from "./git-world.ts";

const LIMITS = { maxBytes: 1_000_000_000, totalMs: 600_000 };
const TWO_HOURS_AGO = new Date(Date.now() - 7_200_000);

/** Leaves a file in the clone as a git that is killed does; gives its path. */
function leave(clone: string, name: string, at = new Date()): string {
  const path = join(clone, "objects", "pack", name);
  mkdirSync(join(clone, "objects", "pack"), { recursive: true });
  writeFileSync(path, "half");
  utimesSync(path, at, at);
  return path;
}

/** A world whose clone was made before, and what was received there by half. */
async function openFilled(changes: Parameters<ReturnType<typeof openGitWorld>["sink"]>[0] = {}) {
  const world = openGitWorld();
  world.pushAsOther({ "a.txt": "1\n" });
  const sink = world.sink(changes);
  await sink.readDelivered(["a.txt"]);
  const cache = join(world.folder, "cache");
  const clone = join(cache, readdirSync(cache)[0] ?? "");
  const halves = () => readdirSync(join(clone, "objects", "pack")).filter((name) => name.startsWith("tmp_"));
  return { world, sink, clone, halves };
}

test("what a killed daemon has received by half is removed by the next fetch", async () => {
  const { world, sink, clone, halves } = await openFilled({ limits: LIMITS });
  leave(clone, "tmp_pack_aaaaaa");
  world.pushAsOther({ "a.txt": "2\n" });
  expect(await sink.readDelivered(["a.txt"])).toEqual([{ path: "a.txt", text: "2\n" }]);
  expect(halves()).toEqual([]);
});

test("a fetch that fails on a full disk leaves nothing of what it has received", async () => {
  const { world, clone, halves } = await openFilled({ limits: LIMITS });
  const bin = join(world.folder, "full");
  mkdirSync(bin);
  const fail = `for word in "$@"; do [ "$word" = fetch ] || continue\necho half > "${clone}/objects/pack/tmp_pack_bbbbbb"\necho "fatal: write error: No space left on device" >&2\nexit 128\ndone`;
  const real = (process.env.PATH ?? "")
    .split(":")
    .map((part) => join(part, "git"))
    .find(existsSync);
  writeFileSync(join(bin, "git"), `#!/bin/sh\n${fail}\nexec ${real} "$@"\n`);
  chmodSync(join(bin, "git"), 0o755);
  world.pushAsOther({ "a.txt": "2\n" });
  const full = world.sink({
    limits: LIMITS,
    environment: { ...world.environment, PATH: `${bin}:${process.env.PATH}` },
  });
  await expect(full.readDelivered(["a.txt"])).rejects.toMatchObject({ code: "delivery_no_space" });
  expect(halves()).toEqual([]);
});

test("a command leaves what another one receives now, and removes what is an hour old", async () => {
  const { world, sink, clone, halves } = await openFilled();
  leave(clone, "tmp_pack_aaaaaa", TWO_HOURS_AGO);
  leave(clone, "tmp_pack_bbbbbb");
  world.pushAsOther({ "a.txt": "2\n" });
  await sink.readDelivered(["a.txt"]);
  expect(halves()).toEqual(["tmp_pack_bbbbbb"]);
});

test("a fetch removes nothing that another one of its process receives, and the last one removes what is left", async () => {
  const folder = makeTemporaryFolder();
  const [begun, rest] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
  const first = withoutHalves(folder, true, async () => {
    begun.resolve(leave(folder, "tmp_pack_aaaaaa"));
    await rest.promise;
  });
  const path = await begun.promise;
  await expect(withoutHalves(folder, true, () => Promise.reject(new Error("the disk is full")))).rejects.toThrow(
    "full",
  );
  expect(existsSync(path)).toBe(true);
  rest.resolve();
  await first;
  expect(existsSync(path)).toBe(false);
});
