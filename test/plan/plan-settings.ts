import fc from "fast-check";
import { type Desired, type DesiredQueue, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { readPlaces } from "../../src/reconcile/live/read-places.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, OPTIONS, readInput, type World } from "./open-model.ts";
import { desiredSettings } from "./routing/build-states.ts";

/** How many cases properties of settings are tried with. */
export const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 60),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 5),
};

const POOLS = ["pa", "pb"] as const;

/** Where each cluster and queue is, which cluster is drained, and which queue settings name. */
export const choices = fc.record({
  clusters: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
  drained: fc.nat(8),
  queues: fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { minLength: 3, maxLength: 3 }),
  named: fc.nat(20),
});

/**
 * Two pools, up to three clusters and three queues, and settings of the organization that name one of these. A queue may be in an empty pool, and
 * a cluster drained, where there are states.
 */
export function build({ clusters: places, drained, queues: picks, named }: Choices, generation: Generation): Desired {
  const isOut = (index: number) => generation === "2026-11" && index === drained;
  const clusters = places.flatMap((place, index) => {
    const pool = POOLS[place];
    const state = isOut(index) ? "drained" : "active";
    return pool === undefined ? [] : [desiredCluster(`c${index + 1}`, pool, { state })];
  });
  const queues = picks.flatMap(([place, pick], index): readonly DesiredQueue[] => {
    const pool = POOLS[place];
    const members = clusters.filter((cluster) => cluster.pool === pool).map(({ name }) => name);
    const one = pick < 2 ? undefined : members[pick % members.length];
    return pool === undefined ? [] : [desiredQueue(`q${index + 1}`, pool, [one ?? "*"])];
  });
  return folder(clusters, queues, queues[named % Math.max(1, queues.length)]?.name);
}

/** One of them. */
export type Choices = typeof choices extends fc.Arbitrary<infer Value> ? Value : never;

/** Both pools, and settings of the organization where these name a queue. */
export function folder(clusters: Desired["clusters"], queues: Desired["queues"], named: string | undefined): Desired {
  const settings = named === undefined ? [] : [desiredSettings(null, { [DEFAULT_QUEUE_KEY]: named })];
  return { ...NOTHING_DESIRED, pools: POOLS.map((pool) => desiredPool(pool)), clusters, queues, settings };
}

const UNSEEN = [...OPTIONS.allow, "unseen-settings" as const];
/** What plans with settings are allowed, and queues that route nowhere. */
export const ALLOWED = [...UNSEEN, "black-hole" as const];

/** Plans a folder with settings, which are read of the organization, domains dev and prod, and project ml of dev. */
export async function planSettings(
  world: World,
  desired: Desired,
  options: Partial<PlanOptions> = {},
  judge: typeof judgeInput = judgeInput,
): Promise<Plan> {
  const input = await readInput(world, desired, { allow: UNSEEN, ...options });
  const systems = { settings: world.reader, flyteadmin: null, delivery: null };
  const scopes = ["dev", "prod"].map((domain) => ({ domain, project: null as string | null }));
  scopes.push({ domain: "dev", project: "ml" });
  const places = await readPlaces(systems, { scopes, every_project: false, deliveries: [] });
  return judge({ ...input, live: { ...input.live, ...places } });
}

/** Whether a queue takes work and reaches a cluster in service. */
export function isServed({ model: { state } }: World, name: string): boolean {
  const queue = state.queue.rows.get(name);
  if (queue?.state !== "active") return false;
  const { cluster_pool, clusters } = queue.spec;
  return [...state.cluster.rows.values()].some(
    ({ name, pool, state }) =>
      pool === cluster_pool && state === "active" && (clusters[0] === "*" || clusters.includes(name)),
  );
}

/** What a step comes after. */
export function listBefore(steps: readonly Step[], id: string | undefined): ReadonlySet<string> {
  const stepOf = new Map(steps.map((step) => [step.id, step]));
  const found = new Set<string>();
  const follow = (step: Step | undefined): void => {
    for (const before of step?.after ?? []) {
      if (!found.has(before)) follow(stepOf.get(found.add(before) && before));
    }
  };
  follow(id === undefined ? undefined : stepOf.get(id));
  return found;
}
