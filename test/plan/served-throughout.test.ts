import fc from "fast-check";
import { expect, test } from "vitest";
import { type Desired, type DesiredSettings, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { DEFAULT_QUEUE_KEY, parseSettingsName } from "../../src/model/objects/settings.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { judgeRouted, openWorld, type World } from "./open-model.ts";
import { ALLOWED, isServed, planSettings, SETTINGS } from "./plan-settings.ts";
import { desiredSettings } from "./routing/build-states.ts";
import { carryOut } from "./walk-plan.ts";

const POOLS = ["pa", "pb", "pc"] as const;
const SCOPES = ["acme", "acme/dev", "acme/prod", "acme/dev/ml"] as const;

/** Some are drained, and some leave their state to others. */
const cluster = fc.record({ pool: fc.nat(3), drained: fc.nat(3), ignored: fc.nat(3) });
const queue = fc.record({ pool: fc.nat(3), member: fc.nat(7), drained: fc.nat(3) });
const choices = fc.record({
  clusters: fc.array(cluster, { minLength: 4, maxLength: 4 }),
  queues: fc.array(queue, { minLength: 3, maxLength: 3 }),
  /** The queue that each scope names; above the last one: none. */
  named: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
});
type Choices = typeof choices extends fc.Arbitrary<infer Value> ? Value : never;

/** What of a folder is as it was: an edit changes few things. */
const kept = fc.array(fc.boolean(), { minLength: 11, maxLength: 11 });

function edit(past: Choices, next: Choices, keep: readonly boolean[]): Choices {
  const [one, other, third] = [keep.slice(0, 4), keep.slice(4, 7), keep.slice(7)];
  const pick = <T>(old: readonly T[], young: readonly T[], which: readonly boolean[]) =>
    old.flatMap((value, index) => (which[index] ? value : young[index]) ?? []);
  return {
    clusters: pick(past.clusters, next.clusters, one),
    queues: pick(past.queues, next.queues, other),
    named: pick(past.named, next.named, third),
  };
}

function build({ clusters: places, queues: picks, named }: Choices): Desired {
  const clusters = places.flatMap(({ pool, drained, ignored }, index) => {
    const lifecycle = { ...LIFECYCLE, ignore_changes: ignored === 0 ? ["state"] : [] };
    const state = drained === 0 ? ("drained" as const) : ("active" as const);
    return POOLS[pool] === undefined ? [] : [desiredCluster(`c${index + 1}`, POOLS[pool], { state, lifecycle })];
  });
  const queues = picks.flatMap(({ pool: place, member, drained }, index) => {
    const pool = POOLS[place];
    const members = clusters.filter((one) => one.pool === pool && one.state === "active").map(({ name }) => name);
    const state = drained === 0 ? ("drained" as const) : ("active" as const);
    return pool === undefined ? [] : [desiredQueue(`q${index + 1}`, pool, [members[member] ?? "*"], { state })];
  });
  const settings = SCOPES.flatMap((name, index) => {
    const chosen = queues[named[index] ?? queues.length];
    return chosen === undefined ? [] : [naming(name, chosen.name)];
  });
  return { ...NOTHING_DESIRED, pools: POOLS.map((pool) => desiredPool(pool)), clusters, queues, settings };
}

function naming(name: string, named: string): DesiredSettings {
  const scope = parseSettingsName(name);
  const settings = desiredSettings(scope.domain, { [DEFAULT_QUEUE_KEY]: named });
  return { ...settings, name, address: `settings.${name}`, scope };
}

/** For each scope the queue that its runs go to which name none, and whether that is served. */
function look(world: World) {
  const { rows } = world.model.state.setting;
  return SCOPES.map((name) => {
    const parts = name.split("/").slice(1);
    const above = [...parts.keys(), parts.length].map((count) => parts.slice(0, count).join("/"));
    const values = above.map((scope) => rows.get(scope)?.values[DEFAULT_QUEUE_KEY]);
    const found = values.findLast((value) => typeof value === "string" && value !== "");
    const to = typeof found === "string" ? found : "default";
    return { name, to, isServed: isServed(world, to) };
  });
}

/** Operators change the state of what they choose, where no other queue names it: that can't be drained. */
async function changeByHand({ model, writer, reader, clock }: World, chosen: readonly number[]): Promise<void> {
  for (const name of chosen.map((index) => `c${index + 1}`)) {
    const found = await reader.getCluster(name);
    const queues = [...model.state.queue.rows.values()];
    const isPinned = queues.some((one) => one.name !== name && one.spec.clusters.includes(name));
    if ((found?.state !== "active" && found?.state !== "drained") || isPinned) continue;
    await writer.setClusterState(name, found.state === "active" ? "draining" : "active", found.generation);
    await clock.sleep(100_000);
  }
}

/** Carries out a plan; where runs that are served before and after are served by nothing on the way, without a notice that names their queue. */
async function listGaps(world: World, plan: Plan): Promise<readonly string[]> {
  const before = look(world);
  const during: ReturnType<typeof look>[] = [];
  const report = await carryOut(world, plan, { afterWrite: () => void during.push(look(world)) });
  expect(report?.status).toBe("applied");
  const after = look(world);
  const told = new Set(plan.notices.flatMap(({ code, queues = [] }) => (code === "interruption" ? queues : [])));
  return SCOPES.flatMap((name, index) => {
    if (before[index]?.isServed !== true || after[index]?.isServed !== true) return [];
    const gap = during.flatMap((scopes) => scopes[index] ?? []).find((one) => !one.isServed && !told.has(one.to));
    return gap === undefined ? [] : [`${name}: ${gap.to}`];
  });
}

test("runs that are served before and after a plan are served after each of its writes, unless it says otherwise", async () => {
  await fc.assert(
    fc.asyncProperty(
      choices,
      choices,
      kept,
      fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
      async (past, next, keep, byHand) => {
        const world = openWorld("2026-11");
        const first = await planSettings(world, build(past), { allow: ALLOWED });
        fc.pre(first.applyable);
        await carryOut(world, first);
        await changeByHand(world, byHand);
        const plan = await planSettings(world, build(edit(past, next, keep)));
        fc.pre(plan.applyable);
        expect(await listGaps(world, plan)).toEqual([]);
      },
    ),
    { ...SETTINGS, numRuns: 4 * SETTINGS.numRuns },
  );
});

test("a part of a plan says of each run that it leaves without service", async () => {
  await fc.assert(
    fc.asyncProperty(
      ...([choices, choices, kept, fc.uniqueArray(fc.nat(3), { maxLength: 2 }), fc.nat(20), fc.boolean()] as const),
      async (past, next, keep, byHand, which, isTarget) => {
        const world = openWorld("2026-11");
        const first = await planSettings(world, build(past), { allow: ALLOWED });
        fc.pre(first.applyable);
        await carryOut(world, first);
        await changeByHand(world, byHand);
        const wanted = build(edit(past, next, keep));
        const { changes } = await planSettings(world, wanted);
        const leaving = changes.filter(({ address, before }) => address.startsWith("cluster.") && before !== null);
        const some = isTarget && leaving.length > 0 ? leaving : changes;
        const chosen = some[which % Math.max(1, some.length)];
        fc.pre(chosen !== undefined && changes.length > 1);
        const part = isTarget ? { target: [chosen.address] } : { exclude: [chosen.address] };
        const plan = await planSettings(world, wanted, part, judgeRouted);
        fc.pre(plan.applyable && plan.steps.length > 0);
        const before = look(world);
        expect((await carryOut(world, plan))?.status).toBe("applied");
        const lost = look(world).filter(({ isServed: is }, index) => !is && before[index]?.isServed === true);
        const isSaid = plan.checks.some(({ name, status }) => name === "black-hole" && status === "warn");
        expect(lost.length === 0 || isSaid, lost.map(({ name, to }) => `${name}: ${to}`).join()).toBe(true);
      },
    ),
    { ...SETTINGS, numRuns: 4 * SETTINGS.numRuns },
  );
});
