/** Manifests take registrations over: by `previously`, by taking a rename back, by their own name, by `registration`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NAMED_KINDS, type NamedKind } from "../../src/kinds/registry.ts";
import { DEFAULT_LIFECYCLE } from "../../src/manifests/desired/build-desired.ts";
import { type Address, formatAddress } from "../../src/model/address.ts";
import type { OwnedObject } from "../../src/model/ledger/ledger.ts";
import {
  type Desired,
  type DesiredCluster,
  type DesiredQueue,
  NOTHING_DESIRED,
} from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { type Change, isEmptyPlan, isNoOp, type Plan } from "../../src/model/plan/plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { openPauses } from "../../src/plan/policy/judge-holds.ts";
import { arbitraryDesired, desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, openWorld, planWorld, readInput, type World } from "./open-model.ts";
import { carryOut, type Draw } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 20),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

type Named = Desired["pools"][number] | DesiredCluster | DesiredQueue;

/** The same object under another name; nothing refers to clusters and pools by name that does not follow. */
function rename<T extends Named>(object: T, name: string, previously: string | null): T {
  return { ...object, name, address: formatAddress(object.kind, name), previously };
}

/** How a manifest of another name comes to a registration that is there. */
type Way = "previously" | "reverted" | "registration";

interface Takeover {
  readonly desired: Desired;
  /** Where what was registered is on record before. */
  readonly from: Address;
  readonly to: Address;
  readonly way: Way;
}

/** Lets a manifest of another name have one registration. */
function takeOver(desired: Desired, { owned }: PlanInput, draw: Draw): Takeover | null {
  const objects: readonly (DesiredCluster | DesiredQueue)[] = [...desired.clusters, ...desired.queues];
  const chosen = objects[draw(Math.max(0, objects.length - 1))];
  if (chosen === undefined) return null;
  const record = owned.find(({ address }) => address === chosen.address);
  if (record === undefined) return null;
  const { previously } = chosen;
  const fresh = findFree(`${chosen.name.slice(0, 2)}-`, draw(999), new Set(objects.map(({ name }) => name)));
  const isFree = !objects.some(({ name }) => name === previously);
  const bare = chosen.kind === "cluster" ? { ...chosen, registration: { name: null, previous: null } } : chosen;
  const done = (to: DesiredCluster | DesiredQueue, way: Way): Takeover => {
    const next = renameIn(desired, chosen, to);
    return { desired: next, from: chosen.address, to: to.address, way };
  };
  if (previously !== null && isFree && draw(1) === 0) return done(rename(bare, previously, null), "reverted");
  if (chosen.kind !== "cluster" || draw(1) === 0) return done(rename(bare, fresh, chosen.name), "previously");
  const taking = { ...chosen, registration: { name: record.physical_name, previous: null } };
  return done(rename(taking, fresh, null), "registration");
}

/** The first name of a row of numbers that no object has, the one that is taken over neither: to take over its own name changes nothing. */
function findFree(prefix: string, from: number, names: ReadonlySet<string>): string {
  const name = `${prefix}${from}`;
  return names.has(name) ? findFree(prefix, from + 1, names) : name;
}

function renameIn(desired: Desired, old: Named, next: DesiredCluster | DesiredQueue): Desired {
  const swap = <T extends Named>(one: T): T => (one === (old as unknown) ? (next as unknown as T) : one);
  const follow = (queue: DesiredQueue): DesiredQueue => {
    const clusters = queue.spec.clusters.map((name) =>
      name === old.name && old.kind === "cluster" ? next.name : name,
    );
    return { ...queue, spec: { ...queue.spec, clusters } };
  };
  const queues = desired.queues.map(swap).map(follow);
  return { ...desired, clusters: desired.clusters.map(swap), queues };
}

/** What the same commit does to the object that is taken over. */
function edit(desired: Desired, { to }: Takeover, draw: Draw): Desired {
  const how = draw(3);
  const lifecycle = (one: Named) => ({ ...one.lifecycle, prevent_destroy: draw(2) === 0 });
  const clusters = desired.clusters.map((one) => {
    if (one.address !== to) return one;
    const pinned = desired.queues.some(({ spec }) => spec.clusters.includes(one.name));
    const pool = how === 0 && !pinned ? (["default", one.pool][draw(1)] ?? one.pool) : one.pool;
    const queue = how === 1 ? { depth: 1 + draw(3) } : one.queue;
    return { ...one, pool, queue, lifecycle: lifecycle(one) };
  });
  const queues = desired.queues.map((one) =>
    one.address === to
      ? { ...one, spec: { ...one.spec, ...(how === 1 && { depth: 1 + draw(9) }) }, lifecycle: lifecycle(one) }
      : one,
  );
  return { ...desired, clusters, queues };
}

/** A new manifest under the name that is free now: it is another object, and the one that had the name keeps what is registered. */
function reuseName(desired: Desired, { from, to }: Takeover, draw: Draw): Desired {
  const [kind = "", name = ""] = from.split(".");
  const objects: readonly (DesiredCluster | DesiredQueue)[] = kind === "cluster" ? desired.clusters : desired.queues;
  const one = objects.find(({ address }) => address === to);
  if (one === undefined || objects.some((other) => other.name === name) || draw(1) === 0) return desired;
  const another = { ...rename(one, name, null), lifecycle: DEFAULT_LIFECYCLE };
  const settle = <T extends Named>(other: T): T =>
    other === (one as unknown) ? { ...other, previously: null } : other;
  const added = another.kind === "cluster" ? { ...another, registration: { name: null, previous: null } } : another;
  return {
    ...desired,
    clusters: [...desired.clusters.map(settle), ...(added.kind === "cluster" ? [added] : [])],
    queues: [...desired.queues.map(settle), ...(added.kind === "queue" ? [added] : [])],
  };
}

/** Somebody changes limits by hand. */
function changeLimits(input: PlanInput, draw: Draw): PlanInput {
  const { live } = input;
  const queues = live.queues.map((queue) =>
    draw(1) === 0 ? queue : { ...queue, spec: { ...queue.spec, depth: 20 + draw(9), run_concurrency: 20 + draw(9) } },
  );
  return { ...input, live: { ...live, queues } };
}

function protectSome(desired: Desired, draw: Draw): Desired {
  const some = <T extends Named>(one: T): T => ({
    ...one,
    lifecycle: { ...one.lifecycle, prevent_destroy: draw(1) === 0 },
  });
  return { ...desired, clusters: desired.clusters.map(some), queues: desired.queues.map(some) };
}

interface Round extends Takeover {
  readonly world: World;
  /** As it is before the commit. */
  readonly applied: Desired;
  /** Of the commit, with what somebody changed by hand. */
  readonly input: PlanInput;
  readonly plan: Plan;
  readonly record: OwnedObject;
}

/** Goes through random chains of takeovers, and holds a property at each before it is carried out as far as its checks let it. */
function walk(generation: Generation, property: (round: Round) => void): () => Promise<void> {
  const drawn = fc.tuple(arbitraryDesired(generation), fc.infiniteStream(fc.nat(10_000)));
  return () =>
    fc.assert(
      fc.asyncProperty(drawn, async ([folder, numbers]) => {
        const draws = numbers[Symbol.iterator]();
        const draw: Draw = (most) => Number(draws.next().value) % (most + 1);
        const world = openWorld(generation);
        let applied = protectSome(folder, draw);
        await carryOut(world, await planWorld(world, applied));
        for (let count = 1 + draw(4); count > 0; count -= 1) {
          const before = await readInput(world, applied);
          const takeover = takeOver(applied, before, draw);
          if (takeover === null) return;
          const desired = edit(takeover.desired, takeover, draw);
          const record = before.owned.find(({ address }) => address === takeover.from);
          if (record === undefined) throw new Error(`${takeover.from} is not on record`);
          const untouched = await readInput(world, desired);
          const input = changeLimits(untouched, draw);
          property({ ...takeover, world, applied, input, plan: judgeInput(input), record });
          const plan = judgeInput(untouched);
          if (!plan.applyable) return;
          expect((await carryOut(world, plan))?.status).toBe("applied");
          applied = desired;
          expectOneRecordEach(await world.ledger.readOwned(), applied);
          await expectAllAccounted(world);
          expect(isEmptyPlan(await planWorld(world, applied))).toBe(true);
          const reused = reuseName(applied, takeover, draw);
          const more = await planWorld(world, reused);
          if (!more.applyable) continue;
          expect((await carryOut(world, more))?.status).toBe("applied");
          applied = reused;
          expectOneRecordEach(await world.ledger.readOwned(), applied);
          await expectAllAccounted(world);
        }
      }),
      SETTINGS,
    );
}

/** What was on record once, by world. */
const everOwned = new WeakMap<World, Set<string>>();

/** All that was on record once and is live still is on record, or left where queues can't be deleted. */
async function expectAllAccounted(world: World): Promise<void> {
  const owned = await world.ledger.readOwned();
  const namesOf = ({ kind, physical_name, left_names = [] }: OwnedObject) =>
    [physical_name, ...left_names].map((name) => `${kind}.${name}`);
  const ours = owned.flatMap(namesOf);
  const ever = new Set([...(everOwned.get(world) ?? []), ...ours]);
  everOwned.set(world, ever);
  const live = [...(await world.reader.listClusters("live")), ...(await world.reader.listQueues("live"))];
  const found = live.map(({ kind, name }) => `${kind}.${name}`).filter((name) => ever.has(name));
  expect(found.filter((name) => !ours.includes(name))).toEqual([]);
}

function expectOneRecordEach(owned: readonly OwnedObject[], { pools, clusters, queues }: Desired): void {
  const declared = [...pools, ...clusters, ...queues].map(({ address }) => address).sort();
  expect(owned.map(({ address }) => address).sort()).toEqual(declared);
  const names = owned.map(({ kind, physical_name }) => `${kind}.${physical_name}`);
  expect(names).toEqual([...new Set(names)]);
}

const isReal = (change: Change) => !isNoOp(change);

const LIMITS = ["depth", "run_concurrency"] as const;

/** The limits that a change sets, with their values. */
function limitsOf({ address, before, after }: Change): readonly string[] {
  const of = (fields: Change["after"]) => ((address.startsWith("cluster.") ? fields?.queue : fields) ?? {}) as Limits;
  return LIMITS.filter((name) => before !== null && of(after)[name] !== of(before)[name]).map(
    (name) => `${name} ${of(after)[name]}`,
  );
}

type Limits = Readonly<Record<string, number | undefined>>;

const ENDS = ["interrupt", "kill after"] as const;

describe.each(GENERATIONS)("a registration that has the name of another manifest, on generation %s", (generation) => {
  test.each(["queue", "cluster", "cluster by its registration"])(
    "is kept where its own is renamed: %s",
    async (what) => {
      const world = openWorld(generation);
      const base: Desired = { ...NOTHING_DESIRED, pools: [desiredPool("pa")], clusters: [desiredCluster("c1", "pa")] };
      const folder = (...named: readonly (readonly [string, string | null, string?])[]): Desired => ({
        ...base,
        ...(what === "queue"
          ? { queues: named.map(([name, previously]) => ({ ...desiredQueue(name, "pa", ["*"]), previously })) }
          : {
              clusters: named.map(([name, previously, registered = null]) => {
                const registration = { name: registered, previous: null };
                return { ...desiredCluster(name, "pa", { registration }), previously };
              }),
            }),
      });
      const put = async (desired: Desired) => {
        const plan = await planWorld(world, desired);
        expect((await carryOut(world, plan))?.status).toBe("applied");
        await expectAllAccounted(world);
        return plan;
      };
      await put(folder(["q2", null]));
      await put(folder(["q19", "q2"]));
      await put(folder(["q2", null], ["q19", null]));
      const byRegistration = what.endsWith("registration");
      const last = byRegistration ? folder(["q2", null], ["q23", null, "q2"]) : folder(["q2", null], ["q23", "q19"]);
      const { steps, unmanaged } = await put(last);
      expect([steps, unmanaged]).toEqual([[], []]);
    },
  );
});

describe.each(GENERATIONS)("a registration that another manifest takes over, on generation %s", (generation) => {
  test(
    "keeps who caused a change of it: what the former manifest would set back as well is no commit's alone",
    walk(generation, ({ applied, input, plan, from, to }) => {
      const dropped = judgeInput({ ...input, desired: applied }).changes.find(({ address }) => address === from);
      const change = plan.changes.filter(isReal).find(({ address }) => address === to);
      if (change === undefined || change.action === "replace") return;
      const former = dropped === undefined ? [] : limitsOf(dropped);
      const shared = limitsOf(change).filter((field) => former.includes(field));
      expect(change.origin).not.toBe("unknown");
      if (shared.length > 0) expect(["drift", "both"]).toContain(change.origin);
      if (change.origin === "drift") expect(former).toEqual(expect.arrayContaining([...limitsOf(change)]));
    }),
  );

  test(
    "keeps its protection: no plan that passes deletes it",
    walk(generation, ({ plan, record }) => {
      const name = formatAddress(record.kind, record.physical_name);
      const isDeleted = plan.steps.some((step) => step.op === "delete" && nameOf(step) === name);
      const isRefused = plan.checks.some((check) => check.name === "protected" && check.status === "fail");
      if (isDeleted && record.lifecycle.prevent_destroy) expect(isRefused).toBe(true);
    }),
  );

  test(
    "keeps a pause by the name that it was paused by, whatever is written to it",
    walk(generation, ({ plan, record }) => {
      const pause = {
        id: "1",
        target: "prod",
        address: record.address,
        by: "someone",
        reason: "",
        at: "",
        until: null,
      };
      const findPauses = openPauses(plan, [pause]);
      const name = formatAddress(record.kind, record.physical_name);
      const writing = plan.steps.filter((step) => step.op !== "await" && nameOf(step) === name);
      for (const { address } of writing) expect(findPauses(address), address).toEqual([pause]);
    }),
  );

  test("is taken over in the end wherever a run was ended, and on record once", () =>
    fc.assert(
      fc.asyncProperty(arbitraryDesired(generation), fc.infiniteStream(fc.nat(10_000)), async (folder, numbers) => {
        const draws = numbers[Symbol.iterator]();
        const draw: Draw = (most) => Number(draws.next().value) % (most + 1);
        const world = openWorld(generation);
        let applied = folder;
        await carryOut(world, await planWorld(world, applied));
        for (let count = 1 + draw(2); count > 0; count -= 1) {
          const takeover = takeOver(applied, await readInput(world, applied), draw);
          if (takeover === null) return;
          const desired = edit(takeover.desired, takeover, draw);
          const first = await planWorld(world, desired);
          if (!first.applyable) return;
          await carryOut(world, first, { draw, stop: { at: draw(6), how: ENDS[draw(1)] ?? "interrupt" } });
          const next = await planWorld(world, desired);
          expect(next.checks.filter(({ name, status }) => name === "ownership" && status === "fail")).toEqual([]);
          expect(next.changes.filter(isReal).filter(({ origin }) => origin === "drift")).toEqual([]);
          if (!next.applyable) return;
          expect((await carryOut(world, next))?.status).toBe("applied");
          applied = desired;
          expectOneRecordEach(await world.ledger.readOwned(), applied);
          expect(isEmptyPlan(await planWorld(world, applied))).toBe(true);
          expect(await world.ledger.readOwnWrites()).toEqual([]);
        }
      }),
      SETTINGS,
    ));

  test(
    "is ours, whatever else the commit does with it",
    walk(generation, ({ plan, to, way, record }) => {
      const refused = plan.checks.filter(({ name, status }) => name === "ownership" && status === "fail");
      expect(refused).toEqual([]);
      const claim = plan.ownership.claim.find(({ address }) => address === to);
      expect(claim, way).toMatchObject({ renamed_from: record.address });
    }),
  );
});

function nameOf({ kind, physical_name }: Plan["steps"][number]): string {
  return NAMED_KINDS.includes(kind as NamedKind) ? `${kind}.${physical_name}` : "";
}
