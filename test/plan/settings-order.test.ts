import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired, DesiredQueue } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { holdDependents } from "../../src/plan/policy/hold-dependents.ts";
import { desiredCluster, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, type World } from "./open-model.ts";
import { ALLOWED, build, choices, folder, isServed, planSettings, SETTINGS } from "./plan-settings.ts";
import { carryOut } from "./walk-plan.ts";

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
    expect([...holdDependents(plan, held, new Set()).keys()]).toContain("settings.acme");
  },
);

const told = ({ notices }: Plan) =>
  notices.flatMap(({ code, queues, message }) =>
    code === "interruption" && queues?.includes("star") ? [message] : [],
  );

test.each([
  ["its only cluster in service", [C4, OFF], [{ ...C4, pool: "pb" }, OFF], 1],
  [
    "one of two, of which the other one is drained once they have left",
    [C4, C5],
    [{ ...C4, state: "drained" }, C5_IN_PB],
    0,
  ],
] as const)(
  "a queue that stays without a cluster in service is told of where settings leave it for one that needs %s",
  async (_, before, after, count) => {
    const world = openWorld("2026-11");
    const star = desiredQueue("star", "pa", ["*"]);
    const last: Cluster = { ...desiredCluster("c8", "pa"), state: "drained" };
    await carryOut(world, await planSettings(world, folder([...before, last], [star], "star"), { allow: ALLOWED }));
    const plan = await planSettings(world, folder([...after, last], [star, TO_ALL], "qb"));
    expect(plan.applyable).toBe(true);
    expect(told(plan)).toEqual(
      Array.from({ length: count }, () =>
        expect.stringContaining(
          "Queue star goes out of service while settings of acme still name it, because qb takes",
        ),
      ),
    );
    expect(await listUntold(world, plan)).toEqual([]);
  },
);
