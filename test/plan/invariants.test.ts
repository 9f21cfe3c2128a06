import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { isLive } from "../../src/plan/input/index-world.ts";
import { findUnserved, type UnservedQueue } from "../../src/plan/policy/find-unserved.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { arbitraryDesired, desiredQueue } from "./arbitrary-desired.ts";
import { addManifest, editManifests, withoutPlaces } from "./edit-manifests.ts";
import { editRouting, keepReferences } from "./edit-routing.ts";
import { openWorld, planWorld, type World } from "./open-model.ts";
import { endSomeWork, putWork, workAtRisk } from "./put-work.ts";
import { carryOut, type Draw, essence, expectRoutesKept, type Walk } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 20),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** A random history: folders applied one after the other, one to plan, a stop, and a draw of orders. */
function history(generation: Generation) {
  return fc.record({
    past: fc.array(arbitraryDesired(generation), { maxLength: 2 }),
    next: arbitraryDesired(generation),
    stop: fc.record({ at: fc.nat(20), how: fc.constantFrom("interrupt", "kill before", "kill after") }),
    draws: fc.infiniteStream(fc.nat(1_000)),
  });
}

type History = ReturnType<typeof history> extends fc.Arbitrary<infer T> ? T : never;

/** Tries a property on random histories, with numbers to draw from. */
function hold(generation: Generation, property: (history: History, draw: Draw) => Promise<void>): () => Promise<void> {
  return () =>
    fc.assert(
      fc.asyncProperty(history(generation), (drawn) => {
        const draws = drawn.draws[Symbol.iterator]();
        return property(drawn, (most) => Number(draws.next().value) % (most + 1));
      }),
      SETTINGS,
    );
}

/** A world in which folders were applied one after the other; those that a check blocks are left out. */
async function openPast(generation: Generation, past: readonly Desired[], memory?: World["memory"]): Promise<World> {
  const world = openWorld(generation, memory);
  for (const folder of past) {
    const plan = await planWorld(world, folder);
    if (plan.applyable) await converge(world, folder);
  }
  return world;
}

/** Plans a folder and carries it out in full. */
async function converge(world: World, folder: Desired, walk?: Walk): Promise<void> {
  const plan = await planWorld(world, folder);
  expect(plan.checks.filter((check) => check.status === "fail")).toEqual([]);
  expect((await carryOut(world, plan, walk))?.status).toBe("applied");
}

async function expectNothingToDo(world: World, folder: Desired): Promise<void> {
  const { steps, summary } = await planWorld(world, folder);
  expect(steps).toEqual([]);
  expect(summary).toEqual({ add: 0, change: 0, replace: 0, destroy: 0 });
}

/** A walk through a plan while work comes and ends, in which no write hits any. */
function amidWork(world: World, draw: Draw): Walk {
  world.onSleep = () => endSomeWork(world, draw);
  return {
    draw,
    beforeWrite: (method, name) => expect(workAtRisk(world, method, name), `work at ${method} ${name}`).toEqual([]),
    afterWrite: () => putWork(world, draw),
  };
}

/** A commit's edit of one thing: of any manifest, of what is routed where, or one manifest more. */
function editAny(desired: Desired, draw: Draw): Desired {
  switch (draw(5)) {
    case 0:
      return addManifest(desired, draw);
    case 1:
    case 2:
      return editManifests(desired, draw);
    default:
      return editRouting(desired, draw);
  }
}

/** What may be committed after a run was stopped: the folder of before, another one, a manifest less, another pool, or any edit. */
function editAfterStop(next: Desired, past: readonly Desired[], draw: Draw): Desired {
  const without = <T>(objects: readonly T[]) => {
    const gone = draw(Math.max(0, objects.length - 1));
    return objects.filter((_, index) => index !== gone);
  };
  const edited = () => {
    switch (draw(4)) {
      case 0:
        return past.at(-1) ?? NOTHING_DESIRED;
      case 1:
        return past[0] ?? next;
      case 2:
        return { ...next, clusters: without(next.clusters) };
      case 3:
        return { ...next, queues: without(next.queues) };
      default:
        return times(1 + draw(4), (desired) => editAny(desired, draw), next);
    }
  };
  return keepReferences(withoutPlaces(edited()));
}

/** What is live, but for what the server makes itself and what it can't delete, is a manifest's or a stranger's. */
async function expectAllAccountedFor(world: World, folder: Desired, strangers: readonly string[]): Promise<void> {
  const { capabilities, pools, clusters, queues } = await readLive(world.reader);
  const owned = await world.ledger.readOwned();
  const stays: readonly string[] = capabilities.queue_state ? [] : ["queue", "cluster_pool"];
  const isMade = (kind: string, name: string) =>
    name === "default" || (kind === "queue" && clusters.some((cluster) => cluster.name === name));
  const there = [...pools.filter(({ deleted }) => !deleted), ...clusters.filter(isLive), ...queues.filter(isLive)]
    .filter(({ kind, name }) => !isMade(kind, name))
    .map(({ kind, name }) => ({ kind, name: `${kind}.${name}` }));
  const ours = owned
    .filter(({ kind, physical_name }) => !isMade(kind, physical_name))
    .map(({ kind, physical_name }) => ({ kind, name: `${kind}.${physical_name}` }));
  const name = <T extends { readonly kind: string }>(objects: readonly T[], nameOf: (object: T) => string) =>
    objects
      .filter(({ kind }) => !stays.includes(kind))
      .map(nameOf)
      .sort();
  const isTheirs = (one: string) => strangers.includes(one);
  expect(name(there, (one) => one.name).filter((one) => !isTheirs(one))).toEqual(name(ours, (one) => one.name));
  const declared = [...folder.pools, ...folder.clusters, ...folder.queues];
  const addresses = new Set<string>(declared.map(({ address }) => address));
  // A cluster whose manifest ignores its pool stays in one that no manifest names any more, which stays with it.
  const inUse = new Set(clusters.filter(isLive).map(({ pool }) => `cluster_pool.${pool}`));
  const left = owned.filter(({ address }) => !inUse.has(address) || addresses.has(address));
  expect(name(left, ({ address }) => address)).toEqual(name(declared, ({ address }) => address));
  expect(there.map((one) => one.name)).toEqual(expect.arrayContaining([...strangers]));
}

/** Somebody else's objects, which no manifest ever names. */
async function addStrangers({ writer }: World): Promise<readonly string[]> {
  await writer.registerCluster("theirs", "default");
  await writer.createQueue("theirs-too", desiredQueue("theirs-too", "default", ["*"]).spec, "active");
  return ["cluster.theirs", "queue.theirs-too"];
}

function times<T>(count: number, change: (value: T) => T, value: T): T {
  return count === 0 ? value : times(count - 1, change, change(value));
}

function byQueue(one: UnservedQueue, other: UnservedQueue): number {
  return one.queue < other.queue ? -1 : 1;
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test(
    "no step is refused, no queue routes nowhere in between unless the plan said so, and the next plan is empty",
    hold(generation, async ({ past, next }, draw) => {
      const world = await openPast(generation, past);
      const plan = await planWorld(world, next);
      fc.pre(plan.applyable);
      expect((await expectRoutesKept(world, plan, { draw }))?.status).toBe("applied");
      await expectNothingToDo(world, next);
    }),
  );

  test.each(["whole", "exclude", "target", "replace"] as const)(
    "no step is refused in any order, whatever a commit edits, with a plan that is asked for as: %s",
    (how) =>
      hold(generation, async ({ next: folder }, draw) => {
        const world = await openPast(generation, [folder]);
        const edited = keepReferences(withoutPlaces(times(1 + draw(5), (desired) => editAny(desired, draw), folder)));
        const whole = await planWorld(world, edited);
        const addresses = [...edited.clusters, ...edited.queues].map(({ address }) => address);
        const chosen = addresses.filter(() => draw(2) === 0);
        const plan = how === "whole" ? whole : await planWorld(world, edited, { [how]: chosen });
        fc.pre(plan.applyable);
        await expectRoutesKept(world, plan, { draw, ...(how === "replace" ? {} : { whole }) });
        const rest = await planWorld(world, edited);
        if (how === "exclude" || how === "target") fc.pre(rest.applyable);
        else expect(rest.steps).toEqual([]);
        await converge(world, edited, { draw });
        await expectNothingToDo(world, edited);
      })(),
  );

  test.each(["store", "journal"] as const)(
    "stopped anywhere and planned again with a %s, it comes to the same end",
    (memory) =>
      hold(generation, async ({ past, next, stop }, draw) => {
        const straight = await openPast(generation, past, memory);
        const stopped = await openPast(generation, past, memory);
        const plan = await planWorld(stopped, next);
        fc.pre(plan.applyable);
        await converge(straight, next);
        await carryOut(stopped, plan, { draw, stop });
        await converge(stopped, next);
        await expectNothingToDo(stopped, next);
        expect(await essence(stopped)).toEqual(await essence(straight));
      })(),
  );

  test(
    "stopped anywhere, and edited in any way before it is planned again, all that is live is a manifest's or a stranger's",
    hold(generation, async ({ past, next, stop }, draw) => {
      const world = await openPast(generation, past);
      const strangers = await addStrangers(world);
      putWork(world, draw);
      const plan = await planWorld(world, next);
      fc.pre(plan.applyable);
      await carryOut(world, plan, { draw, stop, wait_ms: 0 });
      let folder = next;
      for (let rounds = draw(2); rounds >= 0; rounds -= 1) {
        const edited = editAfterStop(folder, [...past, next], draw);
        const replanned = await planWorld(world, edited, { on_pool_change: draw(1) === 0 ? "auto" : "replace" });
        if (!replanned.applyable) continue;
        folder = edited;
        await carryOut(world, replanned, { draw, wait_ms: 0, stop: { ...stop, at: draw(9) } });
      }
      world.onSleep = () => endSomeWork(world, draw);
      await converge(world, folder, { draw });
      await expectNothingToDo(world, folder);
      await expectAllAccountedFor(world, folder, strangers);
    }),
  );

  test(
    "nothing with work in flight is deleted or moved, whatever comes and ends meanwhile",
    hold(generation, async ({ past, next }, draw) => {
      const world = await openPast(generation, past);
      putWork(world, draw);
      const plan = await planWorld(world, next);
      fc.pre(plan.applyable);
      expect((await carryOut(world, plan, amidWork(world, draw)))?.status).toBe("applied");
    }),
  );

  test.each(["store", "journal"] as const)(
    "stopped or outlasted anywhere and planned again with a %s, nothing with work in flight is deleted or moved",
    (memory) =>
      hold(generation, async ({ past, next, stop }, draw) => {
        const world = await openPast(generation, past, memory);
        putWork(world, draw);
        const plan = await planWorld(world, next);
        fc.pre(plan.applyable);
        await carryOut(world, plan, { ...amidWork(world, draw), stop, wait_ms: 0 });
        await converge(world, next, amidWork(world, draw));
      })(),
  );

  test(
    "which queues no cluster serves once a plan is carried out is known from the plan",
    hold(generation, async ({ past, next }, draw) => {
      const world = await openPast(generation, past);
      const plan = await planWorld(world, next);
      fc.pre(plan.applyable);
      const before = await readLive(world.reader);
      await carryOut(world, plan, { draw });
      const found = findUnserved(await readLive(world.reader), null);
      // The server makes this one itself, with the first cluster that is registered.
      const isMade = ({ queue }: UnservedQueue) =>
        queue === "default" && before.queues.every(({ name, state }) => name !== queue || state === "deleted");
      const known = found.filter((queue) => !isMade(queue));
      expect(findUnserved(before, plan).toSorted(byQueue)).toEqual(known.toSorted(byQueue));
    }),
  );

  test(
    "a part of the plan, chosen by address, is as safe as the whole, and the rest follows",
    hold(generation, async ({ past, next }, draw) => {
      const world = await openPast(generation, past);
      const whole = await planWorld(world, next);
      const { applyable, changes } = whole;
      fc.pre(applyable && changes.length > 0);
      const chosen = changes[draw(changes.length - 1)]?.address;
      const part = await planWorld(world, next, { [draw(1) === 0 ? "exclude" : "target"]: [chosen] });
      await expectRoutesKept(world, part, { draw, whole });
      await converge(world, next);
      await expectNothingToDo(world, next);
    }),
  );
});
