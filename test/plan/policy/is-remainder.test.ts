import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import type { JsonObject } from "../../../src/model/json/json.ts";
import type { Desired } from "../../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { classifyChanges, exceeds } from "../../../src/model/plan/classify-changes.ts";
import { type Change, GRADES, isEmptyPlan, isNoOp, type Plan } from "../../../src/model/plan/plan.ts";
import type { Seen } from "../../../src/model/plan/step.ts";
import { findBeside, isRemainder } from "../../../src/plan/policy/is-remainder.ts";
import { arbitraryDesired } from "../arbitrary-desired.ts";
import { openWorld, planWorld } from "../open-model.ts";
import { endSomeWork, putWork } from "../put-work.ts";
import { carryOut } from "../walk-plan.ts";
import { change, planOf, step } from "./plan-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 20),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
const always = () => true;

/** The addresses at which a plan does more than what was approved, whatever the grade from which on it counts. */
function findBesideAnyGrade(plan: Plan, approved: Plan): readonly Address[] {
  const grades = new Map(classifyChanges(plan).map(({ address, grade }) => [address, grade]));
  return GRADES.flatMap((limit) =>
    findBeside(plan, approved, (address) => exceeds(grades.get(address) ?? "none", limit)),
  );
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  const drawn = fc.record({
    past: arbitraryDesired(generation),
    next: arbitraryDesired(generation),
    other: arbitraryDesired(generation),
    on_pool_change: fc.constantFrom("auto", "replace"),
    stop: fc.record({ at: fc.nat(20), how: fc.constantFrom("interrupt", "kill before", "kill after") }),
    draws: fc.infiniteStream(fc.nat(1_000)),
  });
  type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

  /** A folder that is applied, another one that is planned and approved. */
  async function prepare({ past, next, on_pool_change, draws }: Drawn, earlier: readonly Desired[] = []) {
    const stream = draws[Symbol.iterator]();
    const draw = (most: number) => Number(stream.next().value) % (most + 1);
    const world = openWorld(generation);
    for (const folder of [...earlier, past]) {
      const first = await planWorld(world, folder, { on_pool_change });
      fc.pre(first.applyable);
      await carryOut(world, first);
    }
    const planAgain = (folder: Desired = next) => planWorld(world, folder, { on_pool_change });
    const approved = await planAgain();
    fc.pre(approved.applyable);
    return { world, draw, approved, planAgain };
  }

  test("what is left of a rollout that stopped anywhere is a remainder of it, and nothing of it is taken for drift", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (choices) => {
        const { world, draw, approved, planAgain } = await prepare(choices);
        await carryOut(world, approved, { draw, stop: choices.stop });
        const rest = await planAgain();
        expect(findBesideAnyGrade(rest, approved)).toEqual([]);
        expect(rest.changes.filter(({ origin }) => origin === "drift")).toEqual([]);
        await carryOut(world, rest);
        expect((await planAgain()).steps).toEqual([]);
      }),
      SETTINGS,
    );
  });

  test("what is left of a rollout back to what was applied before is a remainder of it", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (choices) => {
        const { world, draw, approved, planAgain } = await prepare(choices, [choices.next]);
        await carryOut(world, approved, { draw, stop: choices.stop });
        expect(findBesideAnyGrade(await planAgain(), approved)).toEqual([]);
      }),
      SETTINGS,
    );
  });

  test("each plan of a rollout that waits for work over many passes is a remainder of the approved one, until nothing is left", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (choices) => {
        const { world, draw, approved, planAgain } = await prepare(choices);
        putWork(world, draw);
        let plan = approved;
        for (let pass = 0; !isEmptyPlan(plan); pass += 1) {
          await carryOut(world, plan, { draw, wait_ms: 0, ...(pass === 1 ? { stop: choices.stop } : {}) });
          if (pass > 20) world.model.commit([...world.model.state.work.rows.keys()].map(ended));
          else endSomeWork(world, draw);
          world.model.settle();
          plan = await planAgain();
          expect(findBesideAnyGrade(plan, approved)).toEqual([]);
          expect(plan.changes.filter(({ origin }) => origin === "drift")).toEqual([]);
          if (pass > 40) throw new Error("the rollout does not come to its end");
        }
      }),
      SETTINGS,
    );
  });

  test("a plan of another folder is a remainder only where it leads every object to what was approved", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (choices) => {
        const { world, draw, approved, planAgain } = await prepare(choices);
        if (draw(1) === 0) await carryOut(world, approved, { draw, stop: choices.stop });
        const { next, other } = choices;
        const plan = await planAgain(other);
        const wanted = indexDesired(next);
        const differs = plan.changes.filter((change) => {
          const { address } = change;
          return (
            !isNoOp(change) && JSON.stringify(indexDesired(other).get(address)) !== JSON.stringify(wanted.get(address))
          );
        });
        // A queue that is left as it is when it can't be deleted says nothing of its manifest.
        if (differs.some(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))) {
          expect(isRemainder(plan, approved, always)).toBe(false);
        }
      }),
      SETTINGS,
    );
  });
});

function ended(key: string) {
  return { table: "work" as const, key, record: null };
}

function indexDesired({ pools, clusters, queues }: Desired): ReadonlyMap<Address, object> {
  return new Map([...pools, ...clusters, ...queues].map((object) => [object.address, object]));
}

describe("of an approved plan", () => {
  const moved = change("cluster.a", {
    action: "move",
    action_reason: "pool_differs",
    before: { pool: "p", state: "active" },
    after: { pool: "q", state: "active" },
  });
  const moving = [
    step("cluster.a", "drain"),
    step("cluster.a", "await", { after: ["cluster.a/drain"] }),
    step("cluster.a", "move", { set: { pool: "q" }, after: ["cluster.a/await"] }),
    step("cluster.a", "activate", { after: ["cluster.a/move"] }),
  ];
  const replaced = change("cluster.a", {
    action: "replace",
    action_reason: "cannot_update",
    physical_name: "a-q",
    previous_physical_name: "a",
    before: { pool: "p" },
    after: { pool: "q" },
    replace_paths: [["pool"]],
  });
  const replacing = [
    step("cluster.a", "create", { physical_name: "a-q", set: { pool: "q" } }),
    step("cluster.a", "delete", { physical_name: "a" }),
  ];
  const deleted = change("queue.b", { action: "delete", action_reason: "no_manifest", after: null });
  const approved = planOf({ changes: [moved, deleted], steps: [...moving, step("queue.b", "delete")] });
  const replacement = planOf({ changes: [replaced], steps: replacing });

  // The name of an earlier registration: its queue stayed behind, without a cluster.
  const reusedAs = (queue: JsonObject) => ({ ...replaced, after: { pool: "q", queue } });
  const reusing = (queue: JsonObject) => planOf({ changes: [reusedAs(queue)], steps: replacing });
  const shownQueue = reusing({ depth: 5, clusters: ["a-q"] });
  const restOf = (...changes: readonly Change[]) => planOf({ changes, steps: replacing.slice(1) });

  const replacedQueue = change("queue.b", {
    ...{ action: "replace", action_reason: "cannot_update", physical_name: "b-q", previous_physical_name: "b" },
    before: { cluster_pool: "p", clusters: ["c", "d"] },
    after: { cluster_pool: "q", clusters: ["*"] },
    replace_paths: [["cluster_pool"]],
  });
  const newQueue = step("queue.b", "create", { physical_name: "b-q", set: replacedQueue.after });
  const queueAndCluster = planOf({ changes: [replacedQueue], steps: [newQueue, step("cluster.c", "delete")] });
  const queueWith = (clusters: readonly string[]) =>
    planOf({
      changes: [{ ...replacedQueue, before: { cluster_pool: "p", clusters: [...clusters] } }],
      steps: [newQueue],
    });

  const shared = {
    ...{ ...moved, origin: "both" as const },
    before: { pool: "p", state: "drained", queue: { depth: 1 } },
    after: { pool: "q", state: "active", queue: { depth: 5 } },
    fields: [
      { path: ["pool"], origin: "commit" },
      { path: ["queue", "depth"], origin: "drift" },
    ] as const,
  };
  const rows: readonly (readonly [string, Plan, Plan, boolean])[] = [
    ["the same plan is a remainder", approved, approved, true],
    ["the empty plan is one", approved, planOf(), true],
    ["a part of it is one", approved, planOf({ changes: [deleted], steps: [step("queue.b", "delete")] }), true],
    [
      "a move whose cluster is drained already is one",
      approved,
      planOf({ changes: [{ ...moved, before: { pool: "p", state: "drained" } }], steps: moving.slice(2) }),
      true,
    ],
    ["a delete once the new queue has its selector is one", shownQueue, restOf(reusedAs({ depth: 5 })), true],
    ["it is none where that queue gets another limit", shownQueue, restOf(reusedAs({ depth: 6 })), false],
    ["it is one where the selector alone was shown", reusing({ clusters: ["a-q"] }), restOf(replaced), true],
    [
      "the activation of a cluster that was moved already is one",
      approved,
      planOf({
        changes: [
          {
            ...moved,
            action: "update",
            action_reason: "differs",
            before: { pool: "q", state: "drained" },
            origin: "both",
          },
        ],
        steps: moving.slice(3),
      }),
      true,
    ],
    [
      "a move beside a field that was changed outside and stays so is one",
      planOf({ changes: [{ ...shared, before: { ...shared.before, state: "active" } }], steps: moving }),
      planOf({ changes: [{ ...shared, after: { ...shared.after, queue: { depth: 1 } } }], steps: moving.slice(2) }),
      true,
    ],
    [
      "a move beside a field that is set to what nobody was shown is none",
      planOf({ changes: [{ ...shared, before: { ...shared.before, state: "active" } }], steps: moving }),
      planOf({ changes: [{ ...shared, after: { ...shared.after, queue: { depth: 3 } } }], steps: moving.slice(2) }),
      false,
    ],
    ["the delete that is left of a replacement is one", replacement, planOf({ steps: replacing.slice(1) }), true],
    [
      "a `*` queue that was written out for a cluster and is set back is one",
      planOf({
        changes: [deleted],
        steps: [
          step("queue.b", "update", { id: "1", kind: "queue", physical_name: "any", set: { clusters: ["c"] } }),
          step("queue.b", "delete"),
          step("queue.b", "update", { id: "2", kind: "queue", physical_name: "any", set: { clusters: ["*"] } }),
        ],
      }),
      planOf({
        changes: [change("queue.any", { before: { clusters: ["c"] }, after: { clusters: ["*"] } })],
        steps: [step("queue.any", "update", { set: { clusters: ["*"] } })],
      }),
      true,
    ],
    [
      "the replacement of a queue that named a cluster until its approved delete is one",
      queueAndCluster,
      queueWith(["d"]),
      true,
    ],
    ["the replacement of a queue that another cluster has left is none", queueAndCluster, queueWith(["c"]), false],
    [
      "a move to another pool is none",
      approved,
      planOf({
        changes: [{ ...moved, after: { pool: "r", state: "active" } }],
        steps: moving.map((one) => (one.op === "move" ? { ...one, set: { pool: "r" } } : one)),
      }),
      false,
    ],
    [
      "a deletion of another registration is none",
      approved,
      planOf({
        changes: [{ ...deleted, physical_name: "b-2" }],
        steps: [step("queue.b", "delete", { physical_name: "b-2" })],
      }),
      false,
    ],
    [
      "a replacement where a move was approved is none",
      approved,
      planOf({ changes: [{ ...replaced, after: moved.after }], steps: replacing }),
      false,
    ],
    [
      "a replacement under another name is none",
      replacement,
      planOf({
        changes: [{ ...replaced, physical_name: "a-2" }],
        steps: [{ ...step("cluster.a", "create"), physical_name: "a-2" }, ...replacing.slice(1)],
      }),
      false,
    ],
    [
      "a deletion where a replacement was approved is none, though it takes the same write",
      replacement,
      planOf({
        changes: [change("cluster.a", { action: "delete", before: { pool: "p" }, after: null })],
        steps: replacing.slice(1),
      }),
      false,
    ],
    [
      "a successor to be brought up to date beside its forerunner to be set back is one",
      planOf({
        changes: [replaced],
        steps: [
          ...replacing,
          step("cluster.x", "update", { id: "1", physical_name: "a", set: { clusters: ["c"] } }),
          step("cluster.x", "update", { id: "2", physical_name: "a", set: { clusters: ["*"] } }),
        ],
      }),
      planOf({
        changes: [
          { ...replaced, action: "update", action_reason: "differs", replace_paths: [], before: { pool: "p" } },
          {
            ...replaced,
            physical_name: "a",
            action: "update",
            before: { clusters: ["c"] },
            after: { clusters: ["*"] },
          },
        ],
        steps: [
          step("cluster.a", "update", { physical_name: "a-q", set: { pool: "q" } }),
          step("cluster.a", "update", { physical_name: "a", set: { clusters: ["*"] } }),
        ],
      }),
      true,
    ],
    [
      "a deletion where an update was approved is none",
      planOf({ changes: [change("queue.b")], steps: [step("queue.b", "update")] }),
      planOf({ changes: [deleted], steps: [step("queue.b", "delete")] }),
      false,
    ],
    [
      "a change beside it is none",
      approved,
      planOf({ changes: [moved, change("queue.c")], steps: [...moving, step("queue.c", "update")] }),
      false,
    ],
    [
      "an interruption that was not approved is none, though it leads to the same values",
      planOf({ changes: [change("queue.b")], steps: [step("queue.b", "update")] }),
      planOf({ changes: [change("queue.b")], steps: [step("queue.b", "drain"), step("queue.b", "update")] }),
      false,
    ],
    [
      "the same plan for another control plane is none",
      approved,
      { ...approved, target: { ...approved.target, org: "other" } },
      false,
    ],
    [
      "a pool whose credentials differ is none, though they are not shown",
      planOf({
        changes: [change("cluster_pool.p")],
        steps: [step("cluster_pool.p", "update", { set: { config: { object_store_ref: { uri: "one" } } } })],
      }),
      planOf({
        changes: [change("cluster_pool.p")],
        steps: [step("cluster_pool.p", "update", { set: { config: { object_store_ref: { uri: "two" } } } })],
      }),
      false,
    ],
  ];

  test.each(rows)("%s", (_name, before, after, expected) => {
    expect(isRemainder(after, before, always)).toBe(expected);
  });

  test("what is not above the grade may differ", () => {
    const beside = planOf({ changes: [moved, change("queue.c")], steps: [...moving, step("queue.c", "update")] });
    expect(isRemainder(beside, approved, (address) => address !== "queue.c")).toBe(true);
    expect(findBeside(beside, approved, always)).toEqual(["queue.c"]);
  });
});

describe.each(["queue.q", "cluster.c"] as const)("a delete of %s that was approved", (address) => {
  const planSeen = (seen: Seen | null) => {
    const gone = change(address, { action: "delete", after: null, action_reason: "no_manifest" });
    return planOf({ changes: [gone], steps: [step(address, "delete", seen === null ? {} : { seen })] });
  };

  test.each<[string, Seen | null, Seen | null, boolean]>([
    ["as it was seen", { state: "active", generation: "3" }, { state: "active", generation: "3" }, true],
    ["on the way of its own drain", { state: "active", generation: "3" }, { state: "draining", generation: "4" }, true],
    ["drained", { state: "active", generation: "3" }, { state: "drained", generation: "5" }, true],
    ["brought back", { state: "active", generation: "3" }, { state: "active", generation: "7" }, false],
    ["brought back and drained", { state: "active", generation: "3" }, { state: "drained", generation: "7" }, false],
    ["put into service", { state: "drained", generation: "5" }, { state: "active", generation: "6" }, false],
    ["another one of its name", { state: "drained", generation: "5" }, { state: "drained", generation: "2" }, false],
    ["of which nothing was told then", null, { state: "active", generation: "3" }, true],
    ["of which nothing is told", { state: "active", generation: "3" }, null, true],
  ])("is so of what is %s: %j, %j", (_how, then, now, isLeft) => {
    expect(isRemainder(planSeen(now), planSeen(then), always)).toBe(isLeft);
  });
});
