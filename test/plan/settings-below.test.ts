import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, formatAddress } from "../../src/model/address.ts";
import type { Desired, DesiredSettings } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, parseSettingsName } from "../../src/model/objects/settings.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { holdDependents } from "../../src/plan/policy/hold-dependents.ts";
import { desiredCluster, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, type World } from "./open-model.ts";
import {
  ALLOWED,
  build,
  type Choices,
  choices,
  folder,
  isServed,
  listBefore,
  planSettings,
  SETTINGS,
} from "./plan-settings.ts";
import { desiredSettings } from "./routing/build-states.ts";
import { carryOut, type Draw } from "./walk-plan.ts";

const SCOPES = ["acme", "acme/dev", "acme/dev/ml", "acme/prod"] as const;

/** Settings of a scope, by its name, that name a queue. */
function naming(name: string, queue: string): DesiredSettings {
  const scope = parseSettingsName(name);
  const settings = desiredSettings(scope.domain, { [DEFAULT_QUEUE_KEY]: queue });
  return { ...settings, name, address: `settings.${name}`, scope };
}

/** The queue that runs of a scope go to which name none. */
function findQueue({ model }: World, name: string): string {
  const parts = name.split("/").slice(1);
  const scopes = [...parts.keys(), parts.length].map((count) => parts.slice(0, count).join("/"));
  const queues = scopes.map((scope) => model.state.setting.rows.get(scope)?.values[DEFAULT_QUEUE_KEY]);
  return (queues.findLast((queue) => typeof queue === "string" && queue !== "") as string | undefined) ?? "default";
}

/**
 * Carries out a plan; the queues that runs of a scope went to on the way, and neither before nor after, and of which no notice said so, where these
 * runs reach a cluster before and after.
 */
async function listUntold(world: World, plan: Plan, draw?: Draw): Promise<readonly string[]> {
  const look = () =>
    SCOPES.map((name) => ({ queue: findQueue(world, name), reaches: isServed(world, findQueue(world, name)) }));
  const before = look();
  const seen = SCOPES.map(() => new Set<string>());
  const afterWrite = () => {
    for (const [index, { queue }] of look().entries()) seen[index]?.add(queue);
  };
  expect((await carryOut(world, plan, { afterWrite, ...(draw && { draw }) }))?.status).toBe("applied");
  const after = look();
  const told = plan.notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : []));
  return SCOPES.flatMap((name, index) => {
    const [from, to] = [before[index], after[index]];
    const others = [...(seen[index] ?? [])].filter((queue) => ![from?.queue, to?.queue, ...told].includes(queue));
    return from?.reaches && to?.reaches ? others.map((queue) => `${name}: ${queue}`) : [];
  });
}

/** As {@link build}, with settings of scopes below the organization: some have none. */
function buildAll(picks: Choices, named: readonly number[], generation: Generation): Desired {
  const { settings, ...desired } = build(picks, generation);
  const below = SCOPES.slice(1).flatMap((name, index) => {
    const queue = desired.queues[(named[index] ?? 0) % 5]?.name;
    return queue === undefined ? [] : [naming(name, queue)];
  });
  return { ...desired, settings: [...settings, ...below] };
}

const picked = fc.record({ all: choices, named: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }) });

describe.each(GENERATIONS)("on %s", (generation) => {
  test("runs of any scope go by its old or its new queue throughout, unless the plan says so", async () => {
    await fc.assert(
      fc.asyncProperty(picked, picked, fc.infiniteStream(fc.nat(1_000)), async (past, next, draws) => {
        const world = openWorld(generation);
        const first = await planSettings(world, buildAll(past.all, past.named, generation), { allow: ALLOWED });
        fc.pre(first.applyable);
        await carryOut(world, first);
        const plan = await planSettings(world, buildAll(next.all, next.named, generation), { allow: ALLOWED });
        fc.pre(plan.applyable);
        const drawn = draws[Symbol.iterator]();
        expect(await listUntold(world, plan, (most) => Number(drawn.next().value) % (most + 1))).toEqual([]);
      }),
      SETTINGS,
    );
  });
});

const [C1, C2] = [desiredCluster("c1", "pa"), desiredCluster("c2", "pb")];
const [QA, QB] = [desiredQueue("qa", "pa", ["c1"]), desiredQueue("qb", "pb", ["c2"])];
/** Goes along with its cluster to another pool, which takes a drain. */
const [C3, C3_MOVED] = [desiredCluster("c3", "pb"), desiredCluster("c3", "pa")];
const [QC, QC_MOVED] = [desiredQueue("qc", "pb", ["c3"]), desiredQueue("qc", "pa", ["c3"])];

type Declared = readonly [Desired["clusters"], Desired["queues"], Desired["settings"]];
const declare = ([clusters, queues, settings]: Declared) => ({ ...folder(clusters, queues, undefined), settings });

/** Applies a folder, and plans the next one. */
async function planChange(before: Declared, after: Declared) {
  const world = openWorld("2026-11");
  await carryOut(world, await planSettings(world, declare(before), { allow: ALLOWED }));
  return { world, plan: await planSettings(world, declare(after), { allow: ALLOWED }) };
}

const START: Declared = [[C1, C2, C3], [QA, QB, QC], [naming("acme", "qa")]];

/** The settings after the change, and the step that waits for those of domain prod. */
const TURNS: readonly (readonly [string, Desired["settings"], string])[] = [
  ["turn to another queue", [naming("acme", "qb"), naming("acme/prod", "qc")], "settings.acme/update"],
  ["go down to the domains", [naming("acme/dev", "qa"), naming("acme/prod", "qc")], "settings.acme/delete"],
];

test.each(TURNS)(
  "settings above that %s do so only once those below that followed them name a queue of their own",
  async (_, settings, above) => {
    const { world, plan } = await planChange(START, [[C1, C2, C3_MOVED], [QA, QB, QC_MOVED], settings]);
    expect([...listBefore(plan.steps, above)]).toContain("settings.acme/prod/create");
    expect([...listBefore(plan.steps, "settings.acme/prod/create")]).toContain("queue.qc/activate");
    expect(await listUntold(world, plan)).toEqual([]);
  },
);

test("settings between wait as those at the top do, and where they come to name what was followed, they wait for none", async () => {
  const pinned = [naming("acme", "qb"), naming("acme/dev", "qa"), naming("acme/dev/ml", "qc")];
  const { plan } = await planChange(START, [[C1, C2, C3_MOVED], [QA, QB, QC_MOVED], pinned]);
  const afterOf = (id: string) => plan.steps.find((step) => step.id === id)?.after;
  expect(afterOf("settings.acme/update")).toEqual(["settings.acme/dev/create", "settings.acme/dev/ml/create"]);
  expect(afterOf("settings.acme/dev/create")).toEqual([]);
  const turned = [naming("acme", "qa"), naming("acme/dev", "qb"), naming("acme/dev/ml", "qc")];
  const { plan: other } = await planChange(START, [[C1, C2, C3_MOVED], [QA, QB, QC_MOVED], turned]);
  expect(other.steps.find(({ id }) => id === "settings.acme/dev/create")?.after).toEqual([
    "settings.acme/dev/ml/create",
  ]);
});

test("what holds settings below holds those above that they follow, too, which say so", async () => {
  const { world, plan } = await planChange(START, [
    [C1, C2, C3],
    [QA, QB, QC],
    [naming("acme", "qb"), naming("acme/prod", "qa")],
  ]);
  const [above, below] = ["acme", "acme/prod"].map((name) => formatAddress("settings", name)) as [Address, Address];
  for (const reason of ["paused", "drift_report", "approval"] as const) {
    const held = holdDependents(plan, new Map([[below, { reason, message: "It stays." }]]), new Set());
    expect(held.get(above)).toEqual({ reason, message: `It depends on ${below}, which is held.` });
  }
  const after = declare([
    [C1, C2, C3],
    [QA, QB, QC],
    [naming("acme", "qb"), naming("acme/prod", "qa")],
  ]);
  expect((await planSettings(world, after, { allow: ALLOWED, exclude: [below] })).steps).toEqual([]);
});

test("in a circle, those above turn first, and the plan says which queue is followed in between", async () => {
  const one = desiredCluster("c1", "pb");
  const { world, plan } = await planChange(START, [
    [one, C2, C3],
    [desiredQueue("qa", "pb", ["c1"]), QB, QC],
    [naming("acme", "qb"), naming("acme/dev", "qc"), naming("acme/prod", "qa")],
  ]);
  const order = plan.steps.map(({ id }) => id).filter((id) => /^(settings|queue)\./.test(id));
  expect(order).toEqual([
    "settings.acme/dev/create",
    "settings.acme/update",
    "queue.qa/drain/release",
    "queue.qa/await/drained",
    "queue.qa/update/park",
    "queue.qa/update",
    "queue.qa/activate",
    "settings.acme/prod/create",
  ]);
  const said = plan.notices.filter(({ queues }) => queues?.includes("qb"));
  expect(said).toEqual([
    {
      code: "interruption",
      message:
        "Settings of acme/prod change only after those of acme, which they follow: in between, runs there that name no queue go to queue qb.",
      addresses: ["settings.acme", "settings.acme/prod"],
      queues: ["qb"],
    },
  ]);
  expect(await listUntold(world, plan)).toEqual([]);
});

test("of many scopes that come to name a queue of their own, all that wait for those above are told in one notice", async () => {
  const queues = (pool: string) =>
    ["qa", ...DOMAINS.map((name) => `q-${name}`)].map((name) => desiredQueue(name, pool, ["c1"]));
  const { plan } = await planChange(
    [[C1, C2], [QA, QB], [naming("acme", "qa")]],
    [
      [desiredCluster("c1", "pb"), C2],
      [QB, ...queues("pb")],
      [naming("acme", "qb"), ...DOMAINS.map((name) => naming(`acme/${name}`, `q-${name}`))],
    ],
  );
  const told = plan.notices.filter(({ message }) => message.includes("which they follow"));
  expect(told.map(({ addresses, queues }) => [addresses.length, queues])).toEqual([[DOMAINS.length + 1, ["qb"]]]);
  expect(told[0]?.message).toContain(" and 140 more change only after those of acme, ");
});

const DOMAINS = Array.from({ length: 150 }, (_, index) => `d${index}`);
