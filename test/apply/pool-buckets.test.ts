import { describe, expect, test } from "vitest";
import { type Desired, type DesiredPool, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool } from "../plan/arbitrary-desired.ts";
import { journalSince, serveWorld } from "./serve-world.ts";

/** A pool on a bucket of another name than its own. */
function poolOn(name: string, bucket: string): DesiredPool {
  const pool = desiredPool(name);
  return { ...pool, config: { ...pool.config, object_store_ref: { uri: `s3://${bucket}`, endpoint: "" } } };
}

const PAST: Desired = {
  ...NOTHING_DESIRED,
  pools: [poolOn("pc", "pc")],
  clusters: [desiredCluster("c1", "pc")],
};

/** The new pool's name is the smaller one, so nothing but the bucket puts it after the other. */
const NEXT: Desired = {
  ...NOTHING_DESIRED,
  pools: [poolOn("p43", "pc/runs"), poolOn("pc", "pc-44")],
  clusters: [desiredCluster("c1", "pc"), desiredCluster("c2", "p43")],
};

describe.each(GENERATIONS)("a new pool that takes the bucket of another (%s)", (generation) => {
  test("is created once that pool has left it", async () => {
    const world = await serveWorld(generation);
    await world.converge(PAST);
    const place = world.model.journal.length;
    await world.converge(NEXT);
    expect(journalSince(world, place)).toEqual([
      "ClusterPoolService/Update ok",
      "ClusterPoolService/Create ok",
      "ClusterService/CreateCluster ok",
    ]);
    expect((await world.plan(NEXT)).steps).toEqual([]);
  });

  test("is not tried where that pool could not leave it, and created by the next run", async () => {
    const world = await serveWorld(generation);
    await world.converge(PAST);
    const plan = await world.plan(NEXT);
    await world.fault({ method: "ClusterPoolService/Update", code: "permission_denied" });
    const report = await world.apply(plan);
    expect(report.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      "cluster_pool.pc/update failed",
      "cluster_pool.p43/create skipped",
      "cluster.c2/create skipped",
    ]);
    await world.converge(NEXT);
    expect((await world.plan(NEXT)).steps).toEqual([]);
  });

  test("is blocked where each of them takes the other's, and passes by way of a third one", async () => {
    const world = await serveWorld(generation);
    const both = (one: string, two: string): Desired => ({
      ...NOTHING_DESIRED,
      pools: [poolOn("pa", one), poolOn("pb", two)],
    });
    await world.converge(both("one", "two"));
    const { applyable, checks } = await world.plan(both("two", "one"));
    expect(applyable).toBe(false);
    expect(checks.find(({ status }) => status === "fail")).toMatchObject({
      name: "contract",
      refused: ["cluster_pool.pa", "cluster_pool.pb"],
    });
    await world.converge(both("three", "two"));
    await world.converge(both("two", "one"));
  });
});
