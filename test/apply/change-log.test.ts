import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import type { Cause, ChangeEntry } from "../../src/model/ledger/change-log.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { flattenFields } from "../../src/model/plan/flatten-fields.ts";
import { openStore } from "../../src/store/open-store.ts";
import { desiredCluster, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { ACME } from "../store/acme.ts";
import { writable } from "../store/writable.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { journalSince, ORG, type ServedWorld, serveWorld } from "./serve-world.ts";
import { MOVED, SITUATIONS, TWO_POOLS } from "./situations.ts";

const CAUSE: Cause = {
  ...{ target: "prod", via: "daemon", digest: "d".repeat(64), sealed_by: "" },
  decide: () => ({ decided_by: "approval", by: "ada", approval: "7", overrides: [] }),
};

async function apply(world: ServedWorld, desired: Desired): Promise<void> {
  const report = await world.apply(await world.plan(desired), { cause: CAUSE });
  expect(report.status).toBe("applied");
}

async function readLog({ storeDir, url }: ServedWorld): Promise<readonly ChangeEntry[]> {
  const store = await openStore(storeDir ?? "", { ...ACME, org: ORG, endpoint: url });
  const entries = await store.readChanges({ patterns: [], limit: 10_000, order: "oldest" });
  await store.close();
  return entries;
}

/** The same with another depth of its first queue. */
function withDepth(depth: number): Desired {
  const [queue, ...others] = TWO_POOLS.queues;
  if (queue === undefined) throw new Error("a queue is there");
  return { ...TWO_POOLS, queues: [{ ...queue, spec: { ...queue.spec, depth } }, ...others] };
}

const summarise = ({ step_id, kind, physical_name, before, after, result }: ChangeEntry) => ({
  ...{ step_id, object: `${kind}.${physical_name}`, before, after, result },
});

describe.each(GENERATIONS)("the change log on generation %s", (generation) => {
  test.each(SITUATIONS)(
    "$name: it has every write that was carried out, and each begins where the one before it ended",
    async ({ past, next }) => {
      const world = await serveWorld(generation);
      for (const desired of [...past, next]) await apply(world, desired);
      const log = await readLog(world);
      expect(log).toHaveLength(journalSince(world, 0).length);
      const fields = new Map<string, unknown>();
      for (const { kind, physical_name, op, before, after } of log) {
        const name = (field: string) => `${kind}.${physical_name}.${field}`;
        for (const [field, value] of flattenFields(before ?? {})) {
          const known = fields.get(name(field));
          if (known !== undefined) expect(value, name(field)).toEqual(known);
        }
        if (op === "create" || op === "delete") {
          for (const known of fields.keys()) if (known.startsWith(name(""))) fields.delete(known);
        }
        for (const [field, value] of flattenFields(after ?? {})) fields.set(name(field), value);
        if (op === "update") expect(isDeepStrictEqual(before, after)).toBe(false);
      }
    },
  );

  test("a write whose answer got lost is in it once, and one that was refused is not", async () => {
    const world = await serveWorld(generation);
    await world.fault({ method: "CreateCluster", drop_after_commit: true });
    await world.fault({ method: "CreateQueue", code: "permission_denied" });
    await world.apply(await world.plan(TWO_POOLS), { cause: CAUSE, parallelism: 1 });
    const log = await readLog(world);
    const created = log.filter(({ kind }) => kind === "cluster").map(({ physical_name }) => physical_name);
    expect(created.sort()).toEqual(["c1", "c2", "c3"]);
    expect(log.filter(({ kind }) => kind === "queue")).toHaveLength(1);
    expect(log.filter(({ result }) => result === "found")).toMatchObject([{ kind: "cluster", op: "create" }]);
    expect(log.filter(({ result }) => result === "unanswered")).toEqual([]);
  });

  test("a write without an answer whose retry is refused is in it as one that may have taken effect", async () => {
    const world = await serveWorld(generation, { writeTimeoutMs: 300 });
    await apply(world, TWO_POOLS);
    const place = (await readLog(world)).length;
    const changed = withDepth(7);
    await world.fault({ method: "UpdateQueue", hang: true });
    await world.fault({ method: "UpdateQueue", code: "permission_denied" });
    const report = await world.apply(await world.plan(changed), { cause: CAUSE, parallelism: 1 });
    expect(report.status).toBe("failed");
    await apply(world, changed);
    expect((await readLog(world)).slice(place)).toMatchObject([
      { op: "update", kind: "queue", after: { depth: 7 }, result: "unanswered" },
      { op: "update", kind: "queue", after: { depth: 7 }, result: "confirmed" },
    ]);
  });

  test("what another writer was first with is not in it", async () => {
    const world = await serveWorld(generation);
    await apply(world, TWO_POOLS);
    const place = (await readLog(world)).length;
    const changed = withDepth(7);
    const plan = await world.plan(changed);
    const [queue] = changed.queues;
    if (queue === undefined) throw new Error("a queue is there");
    await world.writer.updateQueue(queue.name, { depth: 7 });
    await world.fault({ method: "UpdateQueue", code: "permission_denied" });
    expect((await world.apply(plan, { cause: CAUSE })).status).toBe("applied");
    expect((await readLog(world)).slice(place)).toEqual([]);
  });

  test("what a killed run has sent is in it before what the next one writes, as a write without an answer that was found done", async () => {
    const world = await serveWorld(generation);
    await apply(world, { ...TWO_POOLS, clusters: [], queues: [] });
    const memory = await world.openMemory();
    const ledger = await writable(await memory.openForWriting());
    const die = async () => {
      throw new Error("killed");
    };
    const dying = { ...ledger, recordOutcome: die, recordOwned: die };
    const report = world.apply(await world.plan(TWO_POOLS), { cause: CAUSE, ledger: dying, parallelism: 1 });
    await expect(report).rejects.toThrow("killed");
    await memory.close();
    const before = await readLog(world);
    expect(before.every(({ kind }) => kind === "cluster_pool")).toBe(true);
    await apply(world, TWO_POOLS);
    const log = (await readLog(world)).slice(before.length);
    expect(log[0]).toMatchObject({ kind: "cluster", op: "create", result: "found", by: "ada" });
    expect(log.slice(1).every(({ result }) => result === "confirmed")).toBe(true);
  });

  test("without a cause nothing is in it", async () => {
    const world = await serveWorld(generation);
    await world.converge(TWO_POOLS);
    expect(await readLog(world)).toEqual([]);
  });
});

test("of a move, each write is in it with what its object was before, queues that have to release it among them", async () => {
  const log = async (generation: "2026-07" | "2026-11") => {
    const world = await serveWorld(generation);
    await apply(world, TWO_POOLS);
    const place = (await readLog(world)).length;
    await apply(world, MOVED);
    return (await readLog(world)).slice(place).map(summarise);
  };
  expect(await log("2026-11")).toContainEqual({
    ...{ step_id: "cluster.c1/drain", object: "cluster.c1", result: "confirmed" },
    ...{ before: { state: "active" }, after: { state: "drained" } },
  });
  const written = (await log("2026-07")).filter(({ object }) => object === "queue.any");
  expect(written.map(({ before, after }) => [before?.clusters, after?.clusters])).toEqual([
    [["*"], ["c2"]],
    [["c2"], ["*"]],
  ]);
});

test("of settings it has what was changed before and after, sensitive values sealed", async () => {
  const world = await serveWorld("2026-11", { places: true });
  const values = (secret: string, team: string) => ({
    ...{ environment_variables: { A: secret, B: "canary" }, labels: { team, tier: "gold" } },
    "task_resource.min.cpu": "1",
  });
  await apply(world, desiredPlaces({ settings: [desiredSettings("", values("canary-1", "ml"))] }));
  await apply(world, desiredPlaces({ settings: [desiredSettings("", values("canary-2", "ops"))] }));
  const log = await readLog(world);
  expect(log.map(({ op }) => op)).toEqual(["create", "update"]);
  expect(JSON.stringify(log)).not.toContain("canary");
  const sealed = { sealed: true, hash: expect.any(String) };
  expect([log[1]?.before, log[1]?.after]).toEqual([
    { settings: { environment_variables: { A: sealed }, labels: { team: "ml" } } },
    { settings: { environment_variables: { A: sealed }, labels: { team: "ops" } } },
  ]);
  expect(log[1]?.before).not.toEqual(log[1]?.after);
});

test("of settings that a control plane says to be longer than objects are, the change log does not grow with each try", async () => {
  const world = await serveWorld("2026-11", { places: true });
  const labels = (a: string) => desiredPlaces({ settings: [desiredSettings("", { labels: { a, b: "1" } })] });
  await apply(world, labels("x".repeat(200_000)));
  const shown = { labels: { a: expect.stringMatching(/^.too long to keep: 200,002 characters/) } };
  for (let tries = 0; tries < 3; tries += 1) {
    await world.fault({ method: "UpdateSettings", code: "unavailable", count: 100 });
    const tried = await world.apply(await world.plan(labels("1")), { cause: CAUSE });
    expect(tried.status).toBe("failed");
    await fetch(`${world.adminUrl}/faults`, { method: "DELETE" });
  }
  await apply(world, labels("1"));
  const log = (await readLog(world)).slice(1);
  expect(log.map(({ result }) => result)).toEqual(["unanswered", "unanswered", "unanswered", "confirmed"]);
  expect(log.at(-1)).toMatchObject({ before: { settings: shown }, after: { settings: { labels: { a: "1" } } } });
  expect(JSON.stringify(log).length).toBeLessThan(10_000);
});

test("of a map the change log has the entries that a write sets or takes out", async () => {
  const world = await serveWorld("2026-11");
  const folder = (max_resources: Readonly<Record<string, string>>, ignore_changes: readonly string[]) => {
    const queue = desiredQueue("any", "default", ["*"], { lifecycle: { ...LIFECYCLE, ignore_changes } });
    return { ...NOTHING_DESIRED, queues: [{ ...queue, spec: { ...queue.spec, max_resources } }] };
  };
  const limits = { cpu: "1", memory: "1Gi", ephemeral_storage: "1Gi" };
  await world.converge({ ...folder(limits, []), clusters: [desiredCluster("c1", "default")] });
  const ignored = folder({ cpu: "2", memory: "2Gi" }, ["max_resources.cpu"]);
  await apply(world, { ...ignored, clusters: [desiredCluster("c1", "default")] });
  const [entry] = (await readLog(world)).filter(({ op }) => op === "update");
  expect(entry?.before?.max_resources).toEqual({ memory: "1Gi", ephemeral_storage: "1Gi" });
  expect(entry?.after?.max_resources).toEqual({ memory: "2Gi" });
});
