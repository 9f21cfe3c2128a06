import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ChangeEntry } from "../../src/model/ledger/change-log.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { cluster, queue, REPOSITORY } from "./manifests.ts";
import { type Desk, openDesk } from "./run-program.ts";

const STORE = ["--store", "store"];

async function apply(desk: Desk): Promise<void> {
  const { code, stdout, stderr } = await desk.run(["apply", desk.repository, "--auto-approve", ...STORE]);
  expect([code, stdout, stderr]).toEqual([0, stdout, stderr]);
}

async function openApplied(generation?: Generation): Promise<Desk> {
  const desk = await openDesk(generation);
  desk.write(REPOSITORY);
  await apply(desk);
  return desk;
}

async function readObjects(desk: Desk, ...args: readonly string[]): Promise<readonly ChangeEntry[]> {
  const { code, stdout, stderr } = await desk.run(["history", "--json", ...STORE, "--objects", ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("what commands wrote is read from their store, of all objects, or of one under every name that it had", async () => {
  const desk = await openApplied();
  const all = await readObjects(desk);
  expect(all.every(({ via, target, decided_by }) => via === "cli" && target === null && decided_by === "command")).toBe(
    true,
  );
  rmSync(join(desk.repository, "queues/any.yaml"));
  desk.write({ "queues/all.yaml": queue("all", "prod", ["*"], "previously: any\ndepth: 7\n") });
  await apply(desk);
  const calls = desk.served.model.journal.length;
  for (const name of ["queue.all", "queue.any"]) {
    const log = await readObjects(desk, name);
    expect(log.map(({ address, physical_name, op }) => [address, physical_name, op])).toEqual([
      ["queue.all", "any", "update"],
      ["queue.any", "any", "create"],
    ]);
    expect(log[0]).toMatchObject({ before: { depth: 10_000 }, after: { depth: 7 } });
  }
  const text = await desk.run(["history", ...STORE, "--objects", "queue.all"]);
  expect(text.stdout).toMatch(
    / queue\.any \(for queue\.all\) {2}update {2}applied by \S+@\S+\n {9}~ depth = 10000 -> 7\n/,
  );
  const read = await readObjects(desk, "--since", String(all[0]?.seq));
  expect(read.map(({ op, physical_name }) => [op, physical_name])).toEqual([["update", "any"]]);
  expect(desk.served.model.journal).toHaveLength(calls);
});

test("of a cluster that is replaced, all of its registrations are shown, and the queues that it was written to for", async () => {
  const desk = await openApplied("2026-07");
  desk.write({ "clusters/c1.yaml": cluster("c1", "dev"), "queues/batch.yaml": queue("batch", "prod", ["c2"]) });
  await apply(desk);
  const log = (await readObjects(desk, "cluster.c1")).toReversed();
  const own = log.filter(({ kind }) => kind === "cluster").map(({ op, physical_name }) => [op, physical_name]);
  expect(own).toEqual([
    ["create", "c1"],
    ["create", "c1-dev"],
    ["delete", "c1"],
  ]);
  expect(new Set(log.map(({ kind }) => kind))).toEqual(new Set(["cluster", "queue"]));
});
