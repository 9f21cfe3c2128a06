import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { Ledger, OwnedObject } from "../../src/model/ledger/ledger.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { writable } from "../store/writable.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";
import { MOVED, TWO_POOLS } from "./situations.ts";

const ONE: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
  queues: [desiredQueue("q", "pa", ["c1"])],
};

async function readOwned(world: ServedWorld): Promise<readonly OwnedObject[]> {
  const memory = await world.openMemory();
  await memory.close();
  return memory.owned;
}

const namesOf = async (world: ServedWorld) =>
  Object.fromEntries((await readOwned(world)).map(({ address, physical_name }) => [address, physical_name]));

/** The whole journal, oldest first. */
function readJournal({ storeDir }: ServedWorld) {
  const database = new DatabaseSync(join(storeDir ?? "", "poolkeeper.sqlite"), { readOnly: true });
  const rows = database.prepare("select step_id, op, status, body, message from journal_entry order by rowid").all();
  database.close();
  return rows;
}

describe.each(GENERATIONS)("ownership on generation %s", (generation) => {
  test("what was applied is owned, with what was applied and what its manifest said of its end", async () => {
    const world = await serveWorld(generation);
    const lifecycle = { ...LIFECYCLE, prevent_destroy: true };
    await world.converge({ ...ONE, queues: [desiredQueue("q", "pa", ["c1"], { lifecycle })] });
    const owned = await readOwned(world);
    expect(owned.map(({ address }) => address)).toEqual(["cluster.c1", "cluster.c2", "cluster_pool.pa", "queue.q"]);
    expect(owned.at(-1)).toMatchObject({
      physical_name: "q",
      previous_names: [],
      lifecycle: { prevent_destroy: true, on_remove: "delete" },
      applied: { clusters: ["c1"] },
    });
  });

  test("of a run that failed, what it did is owned and the rest is not", async () => {
    const world = await serveWorld(generation);
    await world.fault({ method: "CreateCluster", code: "permission_denied", after: 1 });
    const report = await world.apply(await world.plan(ONE), { parallelism: 1 });
    expect(report.status).toBe("failed");
    expect(Object.keys(await namesOf(world))).toEqual(["cluster.c1", "cluster_pool.pa", "queue.q"]);
  });

  test("objects that are as the manifests want are adopted without a write", async () => {
    const world = await serveWorld(generation);
    const { writer } = world;
    const [pool] = ONE.pools;
    if (pool === undefined) throw new Error("a pool is there");
    await writer.createPool("pa", pool.config);
    for (const { name } of ONE.clusters) await writer.registerCluster(name, "pa");
    await writer.createQueue("q", { ...(ONE.queues[0]?.spec ?? never()) }, "active");
    const writes = world.model.journal.length;
    const plan = await world.plan(ONE);
    expect(plan.changes.map(({ action, action_reason }) => [action, action_reason])).toEqual(
      Array(4).fill(["adopt", "not_owned"]),
    );
    expect((await world.apply(plan)).status).toBe("applied");
    expect(world.model.journal).toHaveLength(writes);
    expect(Object.keys(await namesOf(world))).toEqual(["cluster.c1", "cluster.c2", "cluster_pool.pa", "queue.q"]);
    expect((await world.plan(ONE)).changes).toEqual([]);
  });

  test("adoptions are recorded many at a time, five hundred at most", async () => {
    const world = await serveWorld(generation);
    const clusters = Array.from({ length: 520 }, (_, index) => `c${index}`);
    await world.writer.createPool("pa", ONE.pools[0]?.config ?? never());
    for (const name of clusters) await world.writer.registerCluster(name, "pa");
    const plan = await world.plan({ ...ONE, clusters: clusters.map((name) => desiredCluster(name, "pa")), queues: [] });
    const memory = await world.openMemory();
    const ledger = await writable(await memory.openForWriting());
    const counts: number[] = [];
    const counting: Ledger = {
      ...ledger,
      recordOwned: () => Promise.reject(new Error("one at a time")),
      recordAllOwned: async (objects) => {
        counts.push(objects.length);
        await ledger.recordAllOwned(objects);
      },
    };
    expect((await world.apply(plan, { ledger: counting })).status).toBe("applied");
    await memory.close();
    expect(counts).toEqual([500, 21]);
    expect(await readOwned(world)).toHaveLength(521);
  });

  test("a rename keeps the registration and takes its ownership along", async () => {
    const world = await serveWorld(generation);
    await world.converge(ONE);
    const renamed = {
      ...ONE,
      clusters: [desiredCluster("edge", "pa", { previously: "c1" }), desiredCluster("c2", "pa")],
      queues: [desiredQueue("q", "pa", ["edge"])],
    };
    await world.converge(renamed);
    expect(await namesOf(world)).toMatchObject({ "cluster.edge": "c1" });
    expect(await namesOf(world)).not.toHaveProperty(["cluster.c1"]);
    const later = { ...renamed, clusters: [desiredCluster("edge", "pa"), desiredCluster("c2", "pa")] };
    expect((await world.plan(later)).changes).toEqual([]);
  });

  test("the revision that took an object in stays with it through updates and renames", async () => {
    const world = await serveWorld(generation);
    const applyAs = async (revision: string | null, desired: Desired) => {
      const report = await world.apply({ ...(await world.plan(desired)), revision });
      expect(report.status).toBe("applied");
    };
    await applyAs(null, { ...ONE, clusters: [desiredCluster("c2", "pa")], queues: [] });
    await applyAs("first", ONE);
    await applyAs("second", {
      ...ONE,
      clusters: [desiredCluster("edge", "pa", { previously: "c1" }), desiredCluster("c2", "pa")],
      queues: [desiredQueue("q", "pa", ["edge", "c2"]), desiredQueue("later", "pa", ["c2"])],
    });
    const owned = await readOwned(world);
    expect(Object.fromEntries(owned.map(({ address, revision }) => [address, revision]))).toEqual({
      ...{ "cluster_pool.pa": null, "cluster.c2": null },
      ...{ "cluster.edge": "first", "queue.q": "first" },
      "queue.later": "second",
    });
  });

  test("what is deleted is not owned any more, and its body is in the journal", async () => {
    const world = await serveWorld(generation);
    await world.converge(ONE);
    await world.converge({ ...ONE, clusters: [desiredCluster("c1", "pa")] });
    expect(Object.keys(await namesOf(world))).toEqual(["cluster.c1", "cluster_pool.pa", "queue.q"]);
    const deletes = readJournal(world).filter(({ op }) => op === "delete");
    expect(deletes).toMatchObject([{ step_id: "cluster.c2/delete", status: "confirmed" }]);
    expect(JSON.parse(String(deletes[0]?.body))).toMatchObject({ kind: "cluster", name: "c2", pool: "pa" });
  });

  test.each(["permission_denied", "unavailable"] as const)(
    "of a delete that is tried again and again (%s), the newest try has its body alone",
    async (code) => {
      const world = await serveWorld(generation);
      await world.converge(ONE);
      const next = { ...ONE, clusters: [desiredCluster("c1", "pa")] };
      await world.fault({ method: "DeleteCluster", code, count: 1_000 });
      for (let tries = 0; tries < 3; tries += 1) {
        expect((await world.apply(await world.plan(next))).status).toBe("failed");
      }
      const bodies = readJournal(world).filter(({ body }) => String(body).includes(`"name":"c2"`));
      expect(bodies).toMatchObject([{ step_id: "cluster.c2/delete" }]);
    },
  );

  test("of settings that are deleted in vain again and again, the newest try has what was there alone", async () => {
    const world = await serveWorld(generation, { places: true });
    const kept = desiredSettings("", { labels: { a: "1" } });
    const gone = desiredSettings("development", { labels: { b: "canary" } });
    await world.converge(desiredPlaces({ settings: [kept, gone] }));
    const next = desiredPlaces({ settings: [kept] });
    for (let tries = 0; tries < 3; tries += 1) {
      await world.fault({ method: "UpdateSettings", code: "unavailable", count: 100 });
      expect((await world.apply(await world.plan(next))).status).toBe("failed");
      await fetch(`${world.adminUrl}/faults`, { method: "DELETE" });
    }
    const deletes = readJournal(world).filter(({ op }) => op === "delete");
    expect(deletes.map(({ body }) => String(body).includes("canary"))).toEqual([false, false, true]);
    await world.converge(next);
  });

  test("what is deleted with longer texts than objects have is in the journal by its name", async () => {
    const world = await serveWorld(generation);
    const pools = [desiredPool("pa"), desiredPool("pb")];
    await world.converge({ ...NOTHING_DESIRED, pools });
    const uri = `s3://${"long".repeat(20_000)}`;
    await world.writer.updatePool("pb", { ...desiredPool("pb").config, object_store_ref: { uri, endpoint: "" } });
    await world.converge({ ...NOTHING_DESIRED, pools: pools.slice(0, 1) });
    const [deleted] = readJournal(world).filter(({ op }) => op === "delete");
    expect(JSON.parse(String(deleted?.body))).toEqual({
      ...{ kind: "cluster_pool", name: "pb", too_long: expect.stringMatching(/^80\d+ characters$/) },
    });
  });

  test("credentials in addresses of what is deleted are not in the journal", async () => {
    const world = await serveWorld(generation);
    const pools = [desiredPool("pa"), desiredPool("pb")];
    await world.converge({ ...NOTHING_DESIRED, pools });
    const object_store_ref = { uri: "s3://AKIA:hunter2@bucket-pb", endpoint: "" };
    await world.writer.updatePool("pb", { ...desiredPool("pb").config, object_store_ref });
    await world.converge({ ...NOTHING_DESIRED, pools: pools.slice(0, 1) });
    const [deleted] = readJournal(world).filter(({ op }) => op === "delete");
    expect(JSON.parse(String(deleted?.body))).toMatchObject({
      name: "pb",
      config: { object_store_ref: { uri: "s3://***@bucket-pb" } },
    });
  });

  test("on_remove: orphan is released without a write", async () => {
    const world = await serveWorld(generation);
    const lifecycle = { ...LIFECYCLE, on_remove: "orphan" as const };
    const clusters = [desiredCluster("c1", "pa"), desiredCluster("c2", "pa", { lifecycle })];
    await world.converge({ ...ONE, clusters });
    const writes = world.model.journal.length;
    await world.converge({ ...ONE, clusters: [desiredCluster("c1", "pa")] });
    expect(world.model.journal).toHaveLength(writes);
    expect(Object.keys(await namesOf(world))).toEqual(["cluster.c1", "cluster_pool.pa", "queue.q"]);
  });

  test("a refused write is in the journal as failed, a carried out one as confirmed, and nothing stays open", async () => {
    const world = await serveWorld(generation);
    await world.fault({ method: "CreateQueue", code: "permission_denied" });
    await world.apply(await world.plan(ONE), { parallelism: 1 });
    const introduced = { previous_names: [], lifecycle: { prevent_destroy: false, on_remove: "delete" } };
    expect(readJournal(world)).toMatchObject([
      { step_id: "cluster_pool.pa/create", status: "confirmed", body: JSON.stringify({ ...introduced, pool: null }) },
      { step_id: "cluster.c1/create", status: "confirmed", body: JSON.stringify({ ...introduced, pool: "pa" }) },
      { step_id: "cluster.c2/create", status: "confirmed" },
      { step_id: "queue.q/create", status: "failed", message: expect.stringContaining("injected fault") },
    ]);
    const memory = await world.openMemory();
    await memory.close();
    expect(memory.unfinished).toEqual([]);
  });

  test("a write whose outcome can't be read stays open, and the next run settles it", async () => {
    const world = await serveWorld(generation);
    const plan = await world.plan(ONE);
    await world.fault({ method: "CreateCluster", drop_after_commit: true });
    await world.fault({ method: "GetCluster", code: "unavailable", count: 5 });
    const report = await world.apply(plan, { parallelism: 1 });
    expect(report.steps.find(({ status }) => status === "failed")).toMatchObject({ code: "outcome_unknown" });
    const memory = await world.openMemory();
    await memory.close();
    expect(memory.unfinished).toMatchObject([{ address: "cluster.c1", names: ["c1"] }]);
    await world.converge(ONE);
    expect((await world.plan(ONE)).steps).toEqual([]);
  });
});

describe("a replacement", () => {
  test("has both registrations on record until the old one is gone", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    await world.fault({ method: "DeleteCluster", code: "permission_denied" });
    await world.apply(await world.plan(MOVED));
    const during = (await readOwned(world)).find(({ address }) => address === "cluster.c1");
    expect(during).toMatchObject({ physical_name: "c1-pb", previous_names: ["c1"] });
    await world.converge(MOVED);
    const after = (await readOwned(world)).find(({ address }) => address === "cluster.c1");
    expect(after).toMatchObject({ physical_name: "c1-pb", previous_names: [] });
  });

  test("that was interrupted after a queue was written out leaves nothing to restore once it is done", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    await world.fault({ method: "DeleteCluster", code: "permission_denied" });
    await world.apply(await world.plan(MOVED));
    const between = await world.openMemory();
    await between.close();
    expect(between.unfinished.flatMap(({ narrowed }) => narrowed ?? [])).toEqual(["any"]);
    await world.converge(MOVED);
    const after = await world.openMemory();
    await after.close();
    expect(after.unfinished).toEqual([]);
    const pinned = { ...MOVED, queues: [desiredQueue("pins", "pa", ["c2"]), desiredQueue("any", "pa", ["c2"])] };
    await world.converge(pinned);
    expect((await world.plan(pinned)).steps).toEqual([]);
  });
});

describe("what is called as poolkeeper would call it, and is not on record, on 2026-07,", () => {
  const ownership = ({ checks }: Plan) => checks.find(({ name }) => name === "ownership");

  test("holds a cluster that is on record and gone, until its manifest says whose it is", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    // As a store sees it that was restored from before the move.
    await world.writer.registerCluster("c1-pb", "pb");
    await world.writer.deleteCluster("c1", "0");
    expect(ownership(await world.plan(MOVED))).toMatchObject({ status: "fail", addresses: ["cluster.c1"] });
    const [c1, ...others] = MOVED.clusters;
    if (c1 === undefined) throw new Error("a cluster is there");
    const named = { ...c1, registration: { name: "c1-pb", previous: null } };
    await world.converge({ ...MOVED, clusters: [named, ...others] });
    expect((await namesOf(world))["cluster.c1"]).toBe("c1-pb");
    await world.converge(MOVED);
  });

  test("is passed over by a queue that is replaced, and the plan says so", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    const [pins = never(), ...others] = TWO_POOLS.queues;
    await world.writer.createQueue("pins-pb", { ...pins.spec, cluster_pool: "pb", clusters: ["*"] }, "active");
    const moved = { ...TWO_POOLS, queues: [desiredQueue("pins", "pb", ["c3"]), ...others] };
    const plan = await world.plan(moved);
    expect(plan.notices.find(({ code }) => code === "other-name")?.message).toContain("not changed: pins-pb.");
    await world.converge(moved);
    expect((await world.reader.getQueue("pins-pb"))?.spec.clusters).toEqual(["*"]);
    expect((await namesOf(world))["queue.pins"]).toBe("pins-pb-2");
  });

  test("is passed over by a new cluster that would get it as its own queue", async () => {
    const world = await serveWorld("2026-07");
    const { queues, clusters, ...rest } = TWO_POOLS;
    await world.converge({ ...rest, clusters: [], queues: [] });
    const spec = { ...(queues[1] ?? never()).spec, cluster_pool: "pa", clusters: ["*"] };
    for (const [name, cluster_pool] of [
      ["c1", "pb"],
      ["c1-pa", "pa"],
    ] as const)
      await world.writer.createQueue(name, { ...spec, cluster_pool }, "active");
    await world.converge({ ...rest, clusters, queues: [] });
    for (const name of ["c1", "c1-pa"]) expect((await world.reader.getQueue(name))?.spec.clusters).toEqual(["*"]);
    expect((await namesOf(world))["cluster.c1"]).toBe("c1-pa-2");
  });
});

test("a deleted record of a name that no manifest gives is not restored", async () => {
  const world = await serveWorld("2026-11");
  const { queues, clusters, ...rest } = TWO_POOLS;
  await world.converge({ ...rest, clusters: clusters.slice(1), queues: [] });
  const spec = { ...(queues[1] ?? never()).spec, cluster_pool: "pa", clusters: ["*"] };
  await world.writer.createQueue("c1", { ...spec, cluster_pool: "pb" }, "active");
  await world.writer.registerCluster("c1-pa", "pa");
  const generation = async () => (await world.reader.getCluster("c1-pa"))?.generation ?? "";
  await world.writer.setClusterState("c1-pa", "draining", await generation());
  world.model.settle();
  await world.writer.deleteCluster("c1-pa", await generation());
  await world.converge({ ...rest, clusters, queues: [] });
  expect(await world.reader.getCluster("c1-pa")).toMatchObject({ state: "deleted" });
  expect((await namesOf(world))["cluster.c1"]).toBe("c1-pa-2");
});

function never(): never {
  throw new Error("a queue is there");
}
