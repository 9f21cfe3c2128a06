import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Desired, type DesiredQueue, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { readPlaces } from "../../src/reconcile/live/read-places.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, OPTIONS, openWorld, readInput, type World } from "./open-model.ts";
import { desiredSettings } from "./routing/build-states.ts";
import { carryOut } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 60),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 5),
};

const POOLS = ["pa", "pb"] as const;

/** Two pools, up to two clusters and three queues, and settings of the organization that name one of these. */
const folders = fc
  .record({
    clusters: fc.tuple(fc.nat(2), fc.nat(2)),
    queues: fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { minLength: 3, maxLength: 3 }),
    named: fc.nat(20),
  })
  .map(({ clusters: places, queues: choices, named }): Desired => {
    const clusters = places.flatMap((place, index) => {
      const pool = POOLS[place];
      return pool === undefined ? [] : [desiredCluster(`c${index + 1}`, pool)];
    });
    const queues = choices.flatMap(([place, pick], index): readonly DesiredQueue[] => {
      const pool = POOLS[place];
      const members = clusters.filter((cluster) => cluster.pool === pool).map(({ name }) => name);
      const one = members[pick % members.length];
      if (pool === undefined || one === undefined) return [];
      return [desiredQueue(`q${index + 1}`, pool, [pick < 2 ? "*" : one])];
    });
    return folder(clusters, queues, queues[named % Math.max(1, queues.length)]?.name);
  });

function folder(clusters: Desired["clusters"], queues: Desired["queues"], named: string | undefined): Desired {
  const settings = named === undefined ? [] : [desiredSettings(null, { [DEFAULT_QUEUE_KEY]: named })];
  return { ...NOTHING_DESIRED, pools: POOLS.map((pool) => desiredPool(pool)), clusters, queues, settings };
}

async function planSettings(world: World, desired: Desired, options: Partial<PlanOptions> = {}): Promise<Plan> {
  const allow = [...OPTIONS.allow, "unseen-settings" as const];
  const input = await readInput(world, desired, { allow, ...options });
  const systems = { settings: world.reader, flyteadmin: null, delivery: null };
  const places = await readPlaces(systems, { scopes: [], every_project: false, deliveries: [] });
  return judgeInput({ ...input, live: { ...input.live, ...places } });
}

/** The queue that live settings name, if no run that names none reaches a cluster now. */
function findUnserved({ model: { state } }: World): string | null {
  for (const { values } of state.setting.rows.values()) {
    const named = values[DEFAULT_QUEUE_KEY];
    if (typeof named !== "string" || named === "") continue;
    const queue = state.queue.rows.get(named);
    if (queue?.state !== "active") return named;
    const { cluster_pool, clusters } = queue.spec;
    const isServed = [...state.cluster.rows.values()].some(
      ({ name, pool, state }) =>
        pool === cluster_pool && state === "active" && (clusters[0] === "*" || clusters.includes(name)),
    );
    if (!isServed) return named;
  }
  return null;
}

/** Carries out a plan; the queues that settings named on the way while they were of no use, and of which no notice said so. */
async function listUntold(world: World, plan: Plan): Promise<readonly string[]> {
  const unserved = new Set<string>();
  const before = findUnserved(world);
  const afterWrite = () => {
    const queue = findUnserved(world);
    if (queue !== null) unserved.add(queue);
  };
  expect((await carryOut(world, plan, { afterWrite }))?.status).toBe("applied");
  const told = new Set(plan.notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : [])));
  return [...unserved].filter((queue) => queue !== before && !told.has(queue));
}

describe.each(GENERATIONS)("on %s", (generation) => {
  test("the queue that settings name is there after each write, and serves unless the plan said otherwise", async () => {
    await fc.assert(
      fc.asyncProperty(folders, folders, async (past, next) => {
        const world = openWorld(generation);
        const first = await planSettings(world, past);
        fc.pre(first.applyable);
        await carryOut(world, first);
        const plan = await planSettings(world, next);
        fc.pre(plan.applyable);
        expect(await listUntold(world, plan)).toEqual([]);
      }),
      SETTINGS,
    );
  });
});

const ONE = [desiredCluster("c1", "pa")];
const ONE_MOVED = [desiredCluster("c1", "pb")];

test.each([["c1"], ["*"]])(
  "settings name a queue that needs the cluster of the former one, which named %s, only once it is there",
  async (selector) => {
    const world = openWorld("2026-11");
    await carryOut(world, await planSettings(world, folder(ONE, [desiredQueue("qa", "pa", [selector])], "qa")));
    const plan = await planSettings(world, folder(ONE_MOVED, [desiredQueue("qb", "pb", ["c1"])], "qb"));
    const order = plan.steps.map(({ id }) => id);
    expect(order.filter((id) => id.startsWith("queue.q") || id.startsWith("settings."))).toEqual([
      "queue.qa/drain",
      "queue.qa/await/drained",
      ...(selector === "*" ? [] : ["queue.qa/update/park"]),
      "queue.qb/create",
      "settings.acme/update",
      "queue.qa/delete",
    ]);
    const told = plan.notices.filter(({ code, queues }) => code === "interruption" && queues?.includes("qa"));
    expect(told.map(({ message }) => message)).toEqual([
      "Queue qa goes out of service while settings of acme still name it, because qb takes work only after that: until they name qb, runs there that name no queue are refused.",
    ]);
    expect(await listUntold(world, plan)).toEqual([]);
  },
);

test("a queue that goes lets go of the cluster that the next one of the settings names, where it has others", async () => {
  const world = openWorld("2026-11");
  const stays = desiredCluster("c2", "pa");
  const queue = desiredQueue("qa", "pa", ["c1", "c2"]);
  await carryOut(world, await planSettings(world, folder([...ONE, stays], [queue], "qa")));
  const plan = await planSettings(world, folder([...ONE_MOVED, stays], [desiredQueue("qb", "pb", ["c1"])], "qb"));
  expect(plan.notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : []))).toEqual(["c1"]);
  expect(await listUntold(world, plan)).toEqual([]);
});

const BOTH = [...ONE, desiredCluster("c2", "pa")];
const BOTH_MOVED = [...ONE_MOVED, desiredCluster("c2", "pb")];

test.each([["*"], ["c1"], ["c2"]])(
  "of two clusters that move, one goes before the former queue on * is drained, where the next one names %s",
  async (selector) => {
    const world = openWorld("2026-11");
    await carryOut(world, await planSettings(world, folder(BOTH, [desiredQueue("qa", "pa", ["*"])], "qa")));
    const plan = await planSettings(world, folder(BOTH_MOVED, [desiredQueue("qb", "pb", [selector])], "qb"));
    const told = plan.notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : []));
    expect(told.toSorted()).toEqual(["c1", "c2"]);
    expect(await listUntold(world, plan)).toEqual([]);
  },
);
