import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Blame } from "../../src/model/ledger/blame.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { cluster, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
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

/** For each field the operation of the entry that it comes from, or the kind of its source. */
async function readSources(desk: Desk, address: string, ...field: readonly string[]) {
  const { code, stdout, stderr } = await desk.run(["blame", address, ...field, "--json", ...STORE]);
  expect([code, stderr]).toEqual([0, ""]);
  const { fields } = JSON.parse(stdout) as Blame;
  return Object.fromEntries(
    fields.map(({ path, source }) => [path, source.kind === "written" ? source.entry.op : source.kind]),
  );
}

test("each field of an object comes from the command that made it so, though it is renamed since", async () => {
  const desk = await openApplied();
  expect(new Set(Object.values(await readSources(desk, "queue.any")))).toEqual(new Set(["create"]));
  rmSync(join(desk.repository, "queues/any.yaml"));
  desk.write({ "queues/all.yaml": queue("all", "prod", ["*"], "previously: any\ndepth: 7\n") });
  await apply(desk);
  for (const name of ["queue.all", "queue.any"]) {
    const { depth, ...others } = await readSources(desk, name);
    expect([depth, new Set(Object.values(others))]).toEqual(["update", new Set(["create"])]);
  }
  expect(await readSources(desk, "queue.all", "depth")).toEqual({ depth: "update" });
  const { stdout } = await desk.run(["blame", "queue.all", "depth", ...STORE]);
  expect(stdout).toMatch(/^queue\.all, registered as any\n.*\n {2}depth {2}7 {6}- {9}applied by \S+@\S+ {2}20/);
  const unknown = await desk.run(["blame", "queue.all", "colour", ...STORE]);
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("has no field colour. It has ")]);
  const nothing = await desk.run(["blame", "queue.none", ...STORE]);
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("has no record of queue.none")]);
});

test("of a cluster that was replaced, what stayed the same comes from before the replacement", async () => {
  const desk = await openApplied("2026-07");
  desk.write({ "clusters/c1.yaml": cluster("c1", "dev"), "queues/batch.yaml": queue("batch", "prod", ["c2"]) });
  await apply(desk);
  const { stdout } = await desk.run(["blame", "cluster.c1", "--json", ...STORE]);
  const { physical_name, fields } = JSON.parse(stdout) as Blame;
  const pool = fields.find(({ path }) => path === "pool");
  expect([physical_name, pool]).toMatchObject(["c1-dev", { value: "dev", source: { entry: { op: "create" } } }]);
});

test("what was there before the store is from before the log, and what is sensitive is not shown", async () => {
  const desk = await openDesk();
  desk.write(REPOSITORY);
  await planInProcess(desk, { apply: true });
  desk.write({
    "settings/acme.yaml": "environment_variables: { A: canary-value }\nlabels: { team: ml }\n",
  });
  await apply(desk);
  expect(new Set(Object.values(await readSources(desk, "queue.any")))).toEqual(new Set(["before_log"]));
  const text = await desk.run(["blame", "queue.any", "depth", ...STORE]);
  expect(text.stdout).toMatch(/before the change log began \(20[-0-9: ]+Z\)/);
  const { stdout } = await desk.run(["blame", "settings.acme", ...STORE]);
  expect(stdout).toMatch(/environment_variables\.A +\(sensitive\) +- +applied by/);
  expect(stdout).not.toContain("canary");
});

test("a field that somebody has changed since is told with what it is now, and where nothing can be read, that is said", async () => {
  const desk = await openApplied();
  const read = async () => (await desk.run(["blame", "queue.any", ...STORE])).stdout;
  expect(await read()).toMatch(/Last read 20/);
  expect(await read()).not.toContain("live differs");
  const change = { op: "set", kind: "queue", name: "any", path: "depth", value: 77 };
  await desk.post("/mutate", change);
  const { stdout } = await desk.run(["blame", "queue.any", "--json", ...STORE]);
  const { fields, looked_at } = JSON.parse(stdout) as Blame;
  expect(looked_at).not.toBeNull();
  expect(fields.filter(({ live }) => live !== undefined)).toMatchObject([{ path: "depth", live: 77 }]);
  for (const address of ["cluster_pool.prod", "cluster.c1", "settings.acme"]) {
    const told = await desk.run(["blame", address, ...STORE]);
    if (told.code === 0) expect([address, told.stdout]).toEqual([address, expect.not.stringContaining("live differs")]);
  }
  await desk.post("/faults", { method: "ListQueues", code: "permission_denied", count: 1 });
  const refused = await desk.run(["blame", "queue.any", ...STORE]);
  expect([refused.code, refused.stdout]).toEqual([
    0,
    expect.stringMatching(/The live object was not read: .*ListQueues/),
  ]);
  expect(refused.stdout).not.toContain("live differs");
});
