import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../src/model/address.ts";
import {
  type Desired,
  type DesiredCluster,
  type DesiredPool,
  NOTHING_DESIRED,
} from "../../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../../src/model/objects/live.ts";
import { type Change, isDestructive, isNoOp, type Plan } from "../../../src/model/plan/plan.ts";
import { fieldsSet, type Op, type Step } from "../../../src/model/plan/step.ts";
import { type Decision, decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { foreseeRerouting, holdRerouting } from "../../../src/plan/policy/hold-rerouting.ts";
import { assertUntil } from "../../set-up/assert-until.ts";
import { arbitraryDesired, desiredCluster, desiredPool, desiredQueue } from "../arbitrary-desired.ts";
import { createMemoryLedger } from "../create-memory-ledger.ts";
import { openWorld, planWorld, type World } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";
import { approve, situationOf } from "./situation-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test("whatever a neighbour changes between approval and rollout, all that runs is what the approved plan said, from where to where", async () => {
    const counts = { free: 0, held: 0 };
    await assertUntil(
      () => Math.min(counts.free, counts.held) > 0,
      fc.asyncProperty(
        fc.record({
          past: arbitraryDesired(generation),
          next: arbitraryDesired(generation),
          theirs: arbitraryDesired(generation),
          writes: fc.nat(4),
          state: fc.constantFrom("open", "running"),
          on_pool_change: fc.constantFrom("auto", "replace"),
        }),
        async ({ past, next, theirs, writes, state, on_pool_change }) => {
          const world = openWorld(generation);
          const first = await planWorld(world, past);
          fc.pre(first.applyable);
          await carryOut(world, first);
          const makePlan = (options: Parameters<typeof planWorld>[2] = {}) =>
            planWorld(world, next, { on_pool_change, ...options });
          const approved = await makePlan();
          fc.pre(approved.applyable);
          await changeAsNeighbour(world, theirs, writes);
          const plan = await makePlan();
          const approvals = [approve(approved, { state })];
          const decided = decideWhatRuns(situationOf({ plan, policy: { auto_apply: "none" }, approvals }));
          const { decision, part } = await choosePart(decided, plan, makePlan);
          expect(listDecided(foreseeRerouting(decided, { plan, begun: new Set() }))).toEqual(listDecided(decision));
          if (decision.held.length > 0) counts.held += 1;
          if (part === null) return;
          if (part.steps.length > 0) counts.free += 1;
          expect(listUnsaidChanges(part, approved)).toEqual([]);
          expect(listUnsaidRoutes(part, approved)).toEqual([]);
        },
      ),
      SETTINGS,
    );
  });
});

describe("a queue that an approved plan creates or changes", () => {
  const folder = (pools: readonly DesiredPool[], clusters: readonly DesiredCluster[], queued?: readonly string[]) => ({
    ...NOTHING_DESIRED,
    ...{ pools, clusters },
    queues: queued === undefined ? [] : [desiredQueue("q1", "pa", queued)],
  });
  const pa = [desiredPool("pa")];
  const [c1, c2] = [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")];

  interface Beside {
    readonly generation?: Generation;
    readonly writes?: number;
  }

  /** What runs under an approval after a neighbour has made the first writes that lead to their folder, and the routes of the queue. */
  async function decideBeside(past: Desired, next: Desired, theirs: Desired, { generation, writes }: Beside = {}) {
    const world = openWorld(generation ?? "2026-11");
    await carryOut(world, await planWorld(world, past));
    const approved = await planWorld(world, next);
    await changeAsNeighbour(world, theirs, writes ?? 1);
    const plan = await planWorld(world, next);
    const situation = situationOf({ plan, policy: { auto_apply: "none" }, approvals: [approve(approved)] });
    const decided = decideWhatRuns(situation);
    const { decision, part } = await choosePart(decided, plan, (options) => planWorld(world, next, options));
    expect(listDecided(foreseeRerouting(decided, { plan, begun: new Set() }))).toEqual(listDecided(decision));
    const [shown, now] = [approved, part].map((one) => one?.routing.find(({ queue }) => queue === "q1"));
    return { held: decision.held.map(({ address }) => address), shown, now };
  }

  test("may be there already, with a cluster that it would have had until that is deleted", async () => {
    const next = folder(pa, [c2], ["*"]);
    expect(await decideBeside(folder(pa, [c1]), next, folder(pa, [c1], ["*"]))).toEqual({
      held: [],
      shown: { queue: "q1", before: null, after: ["c2"] },
      now: { queue: "q1", before: ["c1"], after: ["c2"] },
    });
  });

  test("may be in service already, with a cluster that it would have had until that is deleted", async () => {
    const [out] = folder(pa, [], ["*"]).queues.map((queue) => ({ ...queue, state: "drained" as const }));
    const past = { ...folder(pa, [c1]), queues: out === undefined ? [] : [out] };
    expect(await decideBeside(past, folder(pa, [c2], ["*"]), folder(pa, [c1], ["*"]))).toEqual({
      held: [],
      shown: { queue: "q1", before: null, after: ["c2"] },
      now: { queue: "q1", before: ["c1"], after: ["c2"] },
    });
  });

  test("may send to all already, a cluster that it would have had until that is drained included", async () => {
    const next = folder(pa, [{ ...c1, state: "drained" }, c2], ["*"]);
    expect(await decideBeside(folder(pa, [c1, c2], ["c2"]), next, folder(pa, [c1, c2], ["*"]))).toEqual({
      held: [],
      shown: undefined,
      now: { queue: "q1", before: ["c1", "c2"], after: ["c2"] },
    });
  });

  test("may not be there with a cluster after whose drain it was to be created", async () => {
    const next = folder(pa, [{ ...c1, state: "drained" }, c2], ["c1", "c2"]);
    expect(await decideBeside(folder(pa, [c1, c2]), next, folder(pa, [c1, c2], ["c1", "c2"]))).toEqual({
      held: ["cluster.c1", "queue.q1"],
      shown: { queue: "q1", before: null, after: ["c2"] },
      now: undefined,
    });
  });

  test("may be written out already, as it would have been for a cluster that is deleted, where it is replaced", async () => {
    const pools = [...pa, desiredPool("pb")];
    const past = { ...folder(pools, [c1]), queues: [desiredQueue("q1", "pa", ["*"])] };
    const next = folder(pools, [c2, desiredCluster("c3", "pb")]);
    const theirs = folder(pools, [c2]);
    const moved = { ...next, queues: [desiredQueue("q1", "pb", ["*"])] };
    expect(await decideBeside(past, moved, theirs, { generation: "2026-07", writes: 2 })).toEqual({
      held: [],
      shown: { queue: "q1", before: ["c1"], after: ["c2"] },
      now: undefined,
    });
  });

  test.each([null, ["c0"]])(
    "sends no work to what is to leave while what comes instead waits (%j before)",
    async (queued) => {
      const pools = [...pa, desiredPool("pb")];
      const c0 = desiredCluster("c0", "pa");
      const coming = desiredCluster("c2", "pb", { state: "drained" });
      const before = queued ?? undefined;
      const theirs = folder([...pa, desiredPool("pb", "us-west-2")], [c0, c1, coming], before);
      const next = folder(pools, [c2, desiredCluster("c3", "pb")], ["*"]);
      const { held, shown, now } = await decideBeside(folder(pools, [c0, c1, coming], before), next, theirs);
      expect(shown).toEqual({ queue: "q1", before: queued, after: ["c2"] });
      expect(now).toBeUndefined();
      expect(held).toEqual(expect.arrayContaining(["cluster_pool.pb", "cluster.c1", "cluster.c2", "queue.q1"]));
      expect(held.includes("cluster.c0")).toBe(queued !== null);
    },
  );
});

/** What of a decision a foreseen one has to agree on. */
function listDecided({ run, held, approved, approval }: Decision): unknown {
  const order = (addresses: readonly string[]) => addresses.toSorted();
  return { run, held: order(held.map(({ address }) => address)), approved: order(approved), approval };
}

/** What a pass carries out of a plan, with why it does not carry out the rest. */
async function choosePart(
  decision: Decision,
  whole: Plan,
  makePlan: (options: { readonly exclude: Decision["exclude"] }) => Promise<Plan>,
): Promise<{ readonly decision: Decision; readonly part: Plan | null }> {
  const { run, exclude } = decision;
  if (run === "none") return { decision, part: null };
  const part = run === "all" ? whole : await makePlan({ exclude });
  const less = holdRerouting(decision, { whole, part, begun: new Set() });
  return less === null ? { decision, part } : choosePart(less, whole, makePlan);
}

/** Somebody else, with a memory of their own, makes some of the writes that lead to another folder. */
async function changeAsNeighbour(world: World, theirs: Desired, writes: number): Promise<void> {
  const own = world.ledger;
  world.ledger = createMemoryLedger();
  const plan = await planWorld(world, theirs, { prune: "all" });
  if (writes > 0) await carryOut(world, plan, { stop: { at: writes, how: "kill after" } });
  world.ledger = own;
  world.model.settle();
}

/** Fields that are changed from a value that was not shown, or to another one. */
function listUnsaidChanges(part: Plan, approved: Plan): readonly unknown[] {
  return part.changes
    .filter((change) => !isNoOp(change))
    .flatMap((change) => {
      const shown = approved.changes.filter(({ address }) => address === change.address);
      const isSaid = shown.some(
        (other) =>
          isEqual(change.after, other.after) && listTaken(change).every((key) => isShown(key, change, other, approved)),
      );
      return isSaid ? [] : [{ change, shown }];
    });
}

function listTaken(change: Change): readonly string[] {
  const { before, after } = change;
  if (before === null) return [];
  const isDestroyed = after === null || isDestructive(change);
  return Object.keys({ ...before, ...after }).filter((key) => isDestroyed || !isEqual(before[key], after?.[key]));
}

/**
 * What was shown is a field's value before, its value after, or one that a step of the approved plan sets on the way, whosever change that step
 * belongs to. What it creates without the field has a default there first.
 */
function isShown(key: string, { before }: Change, other: Change, { steps }: Plan): boolean {
  const names = [other.physical_name, other.previous_physical_name];
  const own = steps.filter(({ kind, physical_name }) => isOfKind(other, kind) && names.includes(physical_name));
  const isDefault = own.some(
    (one) => (one.op === "create" || one.op === "undelete") && fieldsSet(one)[key] === undefined,
  );
  const words = [other.before?.[key], other.after?.[key], ...own.map((one) => fieldsSet(one)[key])];
  const isDrained = key === "state" && own.some(({ op }) => op === "drain");
  return isDefault || isDrained || words.some((word) => isEqual(word, before?.[key]));
}

/** Clusters that leave or join a queue where that was not shown. */
function listUnsaidRoutes(part: Plan, approved: Plan): readonly unknown[] {
  return part.routing.flatMap((route) => {
    const shown = approved.routing.find(({ queue }) => queue === route.queue);
    const said = { leave: without(shown?.before, shown?.after), join: without(shown?.after, shown?.before) };
    const unsaid = [
      ...without(route.before, route.after).filter(
        (name) =>
          !said.leave.includes(name) &&
          // Work goes to a cluster that was shown to come and be drained until it is.
          !(writes("create", name, approved) && writes("drain", name, approved)) &&
          !servesOnTheWay(name, route.queue, approved),
      ),
      ...without(route.after, route.before).filter(
        // A cluster that was shown to be drained on its way is put back into its own queue.
        (name) => !said.join.includes(name) && !(name === route.queue && writes("drain", name, approved)),
      ),
    ];
    return unsaid.length === 0 ? [] : [{ unsaid, route, shown }];
  });
}

/**
 * Whether an approved plan, in an order that it allows, has a queue that it creates, changes or puts into service send work to a cluster that
 * it takes out of service: it was shown that this queue comes to be so and that this cluster goes, and in between the one has the other. Where
 * the cluster goes first, it never has.
 */
function servesOnTheWay(cluster: string, queue: string | null, { steps }: Plan): boolean {
  const goes = steps.filter(
    ({ kind, op, physical_name }) =>
      kind === "cluster" && ["drain", "delete", "move"].includes(op) && physical_name === cluster,
  );
  const comes = steps.filter(
    ({ kind, op, physical_name }) =>
      kind === "queue" && ["create", "activate", "update"].includes(op) && physical_name === queue,
  );
  const isBefore = (one: Step, other: Step): boolean =>
    other.after.some((id) => id === one.id || steps.some((step) => step.id === id && isBefore(one, step)));
  return goes.some((drain) => comes.some((create) => !isBefore(drain, create)));
}

function isOfKind({ address }: Change, kind: Step["kind"]): boolean {
  return parseAddress(address)?.kind === kind;
}

function writes(wanted: Op, name: string, { steps }: Plan): boolean {
  return steps.some(({ op, kind, physical_name }) => op === wanted && kind === "cluster" && physical_name === name);
}

function without(
  names: readonly string[] | null | undefined,
  others: readonly string[] | null | undefined,
): readonly string[] {
  return (names ?? []).filter((name) => others?.includes(name) !== true);
}

function isEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other);
}
