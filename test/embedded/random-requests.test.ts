import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyState, listRecords } from "../../src/embedded/state/create-state.ts";
import type { State } from "../../src/embedded/state/state.ts";
import { BOTH, id, ORG, openWorld, specOf, type World } from "./open-world.ts";
import { writeScope } from "./rules/write-scope.ts";

const NAMES = ["default", "a", "b", "c"] as const;
const name = fc.constantFrom(...NAMES);
const selector = fc.oneof(fc.constant<string[]>(["*"]), fc.subarray(["a", "b", "c"], { minLength: 0 }));

type Request = (world: World) => Promise<unknown>;

const request: fc.Arbitrary<Request> = fc.oneof(
  name.map(
    (one): Request =>
      ({ pool }) =>
        pool(one),
  ),
  name.map(
    (one): Request =>
      ({ pools }) =>
        pools.delete({ id: id(one) }),
  ),
  name.map(
    (one): Request =>
      ({ pools }) =>
        pools.undelete({ id: id(one) }),
  ),
  fc.tuple(name, name).map(
    ([one, pool]): Request =>
      ({ cluster }) =>
        cluster(one, pool),
  ),
  fc.tuple(name, name).map(
    ([one, clusterPoolName]): Request =>
      ({ clusters }) =>
        clusters.updateCluster({ clusterId: id(one), clusterPoolName }),
  ),
  name.map(
    (one): Request =>
      ({ drainCluster }) =>
        drainCluster(one),
  ),
  name.map(
    (one): Request =>
      ({ activateCluster }) =>
        activateCluster(one),
  ),
  name.map(
    (one): Request =>
      ({ deleteCluster }) =>
        deleteCluster(one),
  ),
  name.map(
    (one): Request =>
      ({ clusters }) =>
        clusters.undeleteCluster({ clusterId: id(one) }),
  ),
  fc.tuple(name, name, selector).map(
    ([one, clusterPoolName, clusters]): Request =>
      ({ queue }) =>
        queue(one, { clusterPoolName, clusters }),
  ),
  fc.tuple(name, name, selector).map(
    ([one, clusterPoolName, clusters]): Request =>
      ({ queues }) =>
        queues.updateQueue({ id: id(one), spec: specOf({ clusterPoolName, clusters }) }),
  ),
  name.map(
    (one): Request =>
      ({ drainQueue }) =>
        drainQueue(one),
  ),
  name.map(
    (one): Request =>
      ({ activateQueue }) =>
        activateQueue(one),
  ),
  name.map(
    (one): Request =>
      ({ deleteQueue }) =>
        deleteQueue(one),
  ),
  name.map(
    (one): Request =>
      ({ queues }) =>
        queues.undeleteQueue({ id: id(one) }),
  ),
  fc.tuple(fc.constantFrom("", "dev"), fc.oneof(name, fc.constant("~unset"))).map(
    ([domain, queue]): Request =>
      (world) =>
        writeScope(world, { org: ORG, domain }, { "run.default_queue": queue }, versionOf(world, domain)),
  ),
);

function versionOf({ model }: World, scope: string): number {
  return model.state.setting.rows.get(scope)?.version ?? 0;
}

/** Something to work on: from nothing, few sequences get far. */
const START: readonly Request[] = [({ queue }) => queue("a"), ({ queue }) => queue("b"), ({ cluster }) => cluster("c")];

async function run(world: World, requests: readonly Request[]): Promise<void> {
  for (const send of [...START, ...requests]) {
    await send(world).catch(() => "refused, as many are");
  }
}

/** What no request, accepted or refused, may break. */
function findBrokenRules(state: State): readonly string[] {
  const { pool, cluster, queue, setting, generation } = state;
  const poolLive = (one: string) => pool.rows.get(one)?.deleted_at === null;
  const clusters = [...cluster.rows.values()].filter((one) => one.state !== "deleted");
  const queues = [...queue.rows.values()].filter((one) => one.state !== "deleted");
  const defaults = [...setting.rows.values()].map((one) => String(one.values["run.default_queue"]));
  const buckets = [...pool.rows.values()]
    .filter((one) => one.deleted_at === null)
    .map((one) => one.config.object_store_ref.uri);
  return [
    ...clusters.filter((one) => !poolLive(one.pool)).map((one) => `cluster ${one.name} is in a pool that is not live`),
    ...queues
      .filter((one) => !poolLive(one.spec.cluster_pool))
      .map((one) => `queue ${one.name} is in a pool that is not live`),
    ...queues
      .filter((one) =>
        one.spec.clusters.some((member) => member !== "*" && cluster.rows.get(member)?.pool !== one.spec.cluster_pool),
      )
      .map((one) => `queue ${one.name} names a cluster outside its pool`),
    ...queues
      .filter((one) =>
        one.spec.clusters.some((member) => member !== "*" && cluster.rows.get(member)?.state === "deleted"),
      )
      .map((one) => `queue ${one.name} names a deleted cluster`),
    ...defaults
      .filter((one) => one !== "~unset" && !queues.some((live) => live.name === one))
      .map((one) => `settings name the queue ${one}, which is not live`),
    ...(new Set(buckets).size === buckets.length ? [] : ["two pools share a bucket"]),
    ...(generation === "2026-07"
      ? []
      : clusters.filter((one) => !queue.rows.has(one.name)).map((one) => `cluster ${one.name} has no queue`)),
  ];
}

describe.each(BOTH)("any sequence of requests on %s", (generation) => {
  test("keeps every rule of the control plane, and the derived maps right", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 40, size: "max" }), async (requests) => {
        const world = openWorld(generation);
        await run(world, requests);
        world.model.settle();
        expect(findBrokenRules(world.model.state)).toEqual([]);
        expect(world.model.state).toEqual(copyState(world.model.state));
      }),
      { numRuns: 150, seed: 20261101 },
    );
  });

  test("gives the same answers when it is sent again to a new control plane", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
        const [one, other] = [openWorld(generation), openWorld(generation)];
        await run(one, requests);
        await run(other, requests);
        expect(one.model.journal).toEqual(other.model.journal);
        expect(listRecords(one.model.state)).toEqual(listRecords(other.model.state));
      }),
      { numRuns: 25, seed: 20261101 },
    );
  });
});
