import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Desired,
  type DesiredQueue,
  type DesiredSettings,
  NOTHING_DESIRED,
} from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { holdDependents } from "../../src/plan/policy/hold-dependents.ts";
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

/** Where each cluster and queue is, which cluster is drained, and which queue settings name. */
const choices = fc.record({
  clusters: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
  drained: fc.nat(8),
  queues: fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { minLength: 3, maxLength: 3 }),
  named: fc.nat(20),
});

/**
 * Two pools, up to three clusters and three queues, and settings of the organization that name one of these. A queue may be in an empty pool, and
 * a cluster drained, where there are states.
 */
function build({ clusters: places, drained, queues: picks, named }: Choices, generation: Generation): Desired {
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

type Choices = typeof choices extends fc.Arbitrary<infer Value> ? Value : never;

function folder(clusters: Desired["clusters"], queues: Desired["queues"], named: string | undefined): Desired {
  const settings = named === undefined ? [] : [desiredSettings(null, { [DEFAULT_QUEUE_KEY]: named })];
  return { ...NOTHING_DESIRED, pools: POOLS.map((pool) => desiredPool(pool)), clusters, queues, settings };
}

const UNSEEN = [...OPTIONS.allow, "unseen-settings" as const];
/** With queues that route nowhere. */
const ALLOWED = [...UNSEEN, "black-hole" as const];

async function planSettings(world: World, desired: Desired, options: Partial<PlanOptions> = {}): Promise<Plan> {
  const input = await readInput(world, desired, { allow: UNSEEN, ...options });
  const systems = { settings: world.reader, flyteadmin: null, delivery: null };
  const scopes = [{ domain: "dev", project: null }];
  const places = await readPlaces(systems, { scopes, every_project: false, deliveries: [] });
  return judgeInput({ ...input, live: { ...input.live, ...places } });
}

/** Whether a queue takes work and reaches a cluster in service. */
function isServed({ model: { state } }: World, name: string): boolean {
  const queue = state.queue.rows.get(name);
  if (queue?.state !== "active") return false;
  const { cluster_pool, clusters } = queue.spec;
  return [...state.cluster.rows.values()].some(
    ({ name, pool, state }) =>
      pool === cluster_pool && state === "active" && (clusters[0] === "*" || clusters.includes(name)),
  );
}

/** The queue that live settings name, if no run that names none reaches a cluster now. */
function findUnserved(world: World): string | null {
  for (const { values } of world.model.state.setting.rows.values()) {
    const named = values[DEFAULT_QUEUE_KEY];
    if (typeof named === "string" && named !== "" && !isServed(world, named)) return named;
  }
  return null;
}

/**
 * Carries out a plan; the queues that settings named on the way while they were of no use, and of which no notice said so. What settings named so
 * before, or a queue that stays and is of no use after the plan, is for other checks.
 */
async function listUntold(world: World, plan: Plan): Promise<readonly string[]> {
  const unserved = new Set<string>();
  const before = findUnserved(world);
  const afterWrite = () => {
    const queue = findUnserved(world);
    if (queue !== null) unserved.add(queue);
  };
  expect((await carryOut(world, plan, { afterWrite }))?.status).toBe("applied");
  const told = new Set(plan.notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : [])));
  const isLost = (queue: string) =>
    world.model.state.queue.rows.get(queue)?.state === "active" && !isServed(world, queue);
  return [...unserved].filter((queue) => queue !== before && !isLost(queue) && !told.has(queue));
}

describe.each(GENERATIONS)("on %s", (generation) => {
  test("the queue that settings name is there after each write, and serves unless the plan said otherwise", async () => {
    await fc.assert(
      fc.asyncProperty(choices, choices, async (past, next) => {
        const world = openWorld(generation);
        const first = await planSettings(world, build(past, generation), { allow: ALLOWED });
        fc.pre(first.applyable);
        await carryOut(world, first);
        const plan = await planSettings(world, build(next, generation));
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

type Cluster = Desired["clusters"][number];
const [C4, C5, C9] = ["c4", "c5", "c9"].map((name) => desiredCluster(name, "pa")) as [Cluster, Cluster, Cluster];
const C5_IN_PB: Cluster = { ...C5, pool: "pb" };
const OFF: Cluster = { ...C9, pool: "pb", state: "drained" };
const TO_ALL = desiredQueue("qb", "pb", ["*"]);
const [TO_C5, TO_OFF] = [desiredQueue("qb", "pb", ["c5"]), desiredQueue("qb", "pb", ["c9"])];

/** What else changes, with the queue of pool pb before and after; the last is the step that gives it a cluster in service. */
const FIRST_SERVICE: readonly (readonly [
  string,
  readonly Cluster[],
  readonly Cluster[],
  DesiredQueue,
  DesiredQueue,
  string,
])[] = [
  ["its first cluster comes", [C4, C5], [C4, C5_IN_PB], TO_ALL, TO_ALL, "cluster.c5/activate"],
  ["pools exchange clusters", [{ ...C4, pool: "pb" }, C5], [C4, C5_IN_PB], TO_ALL, TO_ALL, "cluster.c5/activate"],
  ["its cluster was drained", [C4, OFF], [C4, { ...OFF, state: "active" }], TO_ALL, TO_ALL, "cluster.c9/activate"],
  ["it named a drained cluster", [C4, C5_IN_PB, OFF], [C4, C5_IN_PB, OFF], TO_OFF, TO_C5, "queue.qb/update"],
];

test.each(FIRST_SERVICE)(
  "settings turn to a live queue only once it is served, and are held with what serves it, where %s",
  async (_, before, after, former, next, serves) => {
    const world = openWorld("2026-11");
    const star = desiredQueue("star", "pa", ["*"]);
    await carryOut(world, await planSettings(world, folder(before, [star, former], "star"), { allow: ALLOWED }));
    const plan = await planSettings(world, folder(after, [star, next], "qb"));
    expect(plan.applyable).toBe(true);
    expect(await listUntold(world, plan)).toEqual([]);
    const step = plan.steps.find(({ id }) => id === serves);
    expect(step).toBeDefined();
    // Nor are they written while that is held, as drift, by a pause, or for an approval.
    const held = new Map(
      step === undefined ? [] : [[step.address, { reason: "approval", message: "It stays." } as const]],
    );
    expect([...holdDependents(plan.steps, held, new Set()).keys()]).toContain("settings.acme");
  },
);

const BESIDE = desiredCluster("c2", "pa");
const QA = desiredQueue("qa", "pa", ["c2"]);
const [QB, QB_MOVED] = [desiredQueue("qb", "pa", ["c1"]), desiredQueue("qb", "pb", ["c1"])];
/** Reaches no cluster. */
const QC = desiredQueue("qc", "pb", ["*"]);
const ofOrg = (values: DesiredSettings["values"]) => desiredSettings(null, values);
const ofDev = (values: DesiredSettings["values"]) => desiredSettings("dev", values);
const naming = (queue: string) => ({ [DEFAULT_QUEUE_KEY]: queue });
type Declared = readonly [Desired["clusters"], Desired["queues"], Desired["settings"]];

/** Settings of a domain come to follow those above: the folder before and after, by clusters, queues and settings; the last are the steps that these wait for. */
const FOLLOWED: readonly (readonly [string, Declared, Declared, readonly string[]])[] = [
  [
    "which moves with its cluster",
    [
      [...ONE, BESIDE],
      [QA, QB],
      [ofOrg(naming("qb")), ofDev(naming("qa"))],
    ],
    [[...ONE_MOVED, BESIDE], [QA, QB_MOVED], [ofOrg(naming("qb"))]],
    ["queue.qb/activate"],
  ],
  [
    "which is made by the same plan, and named",
    [
      [...ONE, BESIDE],
      [QA, QC],
      [ofOrg(naming("qc")), ofDev(naming("qa"))],
    ],
    [[...ONE, BESIDE], [QA, QC, QB], [ofOrg(naming("qb"))]],
    ["queue.qb/create", "settings.acme/update"],
  ],
  [
    "which is there already, once it is named",
    [
      [...ONE, BESIDE],
      [QA, QC, QB],
      [ofOrg(naming("qc")), ofDev(naming("qa"))],
    ],
    [[...ONE, BESIDE], [QA, QC, QB], [ofOrg(naming("qb"))]],
    ["settings.acme/update"],
  ],
];

test.each(FOLLOWED)(
  "settings that give way to those above wait until the queue of these takes work, %s",
  async (_, before, after, givers) => {
    const world = openWorld("2026-11");
    const declare = ([clusters, queues, settings]: Declared) => ({ ...folder(clusters, queues, undefined), settings });
    await carryOut(world, await planSettings(world, declare(before), { allow: ALLOWED }));
    const { steps } = await planSettings(world, declare(after), { allow: ALLOWED });
    const dev = steps.find(({ address }) => address === "settings.acme/dev");
    expect(givers.filter((id) => !listBefore(steps, dev?.id).has(id))).toEqual([]);
  },
);

test("settings give way to what stays named above, although a manifest there manages other values alone", async () => {
  const world = openWorld("2026-11");
  const start = folder([...ONE, BESIDE], [QA, QB], "qb");
  await carryOut(world, await planSettings(world, { ...start, settings: [ofDev(naming("qa"))] }));
  await world.writer.writeSettings({ domain: null, project: null }, naming("qb"), "0");
  const next = folder([...ONE_MOVED, BESIDE], [QA, QB_MOVED], "qb");
  const { steps } = await planSettings(world, { ...next, settings: [ofOrg({ labels: { team: "a" } })] });
  expect(steps.map(({ id }) => id)).toContain("settings.acme/update");
  expect([...listBefore(steps, "settings.acme/dev/delete")]).toContain("queue.qb/activate");
});

/** What a step comes after. */
function listBefore(steps: readonly Step[], id: string | undefined): ReadonlySet<string> {
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
