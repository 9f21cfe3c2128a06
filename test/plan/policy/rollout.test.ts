import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyConfig, WindowConfig } from "../../../src/model/daemon/daemon-config.ts";
import { type Desired, NOTHING_DESIRED } from "../../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import type { ApplyReport, StepResult } from "../../../src/model/plan/apply-report.ts";
import { classifyChanges, exceeds } from "../../../src/model/plan/classify-changes.ts";
import { GRADES, isEmptyPlan } from "../../../src/model/plan/plan.ts";
import { decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { findBegun, followBegun } from "../../../src/plan/policy/follow-begun.ts";
import { assertUntil } from "../../set-up/assert-until.ts";
import { arbitraryDesired, desiredCluster, desiredPool, desiredQueue } from "../arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "../open-model.ts";
import { planCase } from "../plan-case.ts";
import { endSomeWork, putWork } from "../put-work.ts";
import { carryOut } from "../walk-plan.ts";
import { approve, situationOf } from "./situation-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 15),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
const CLOSED: WindowConfig = {
  ...{ name: "night", kind: "deny", schedule: "0 11 * * *", duration_ms: 7_200_000, time_zone: "UTC" },
};
/** Passes after which all work has ended, and after which a rollout has to have come to its end. */
const PASSES = { busy: 10, most: 30 } as const;

test("a queue that was drained for the move of its cluster has begun that move, without which it stays out of service", () => {
  const plan = planCase("2026-11-cluster-and-its-pinning-queue-move-together");
  const steps = plan.steps.map(({ id, address, kind, physical_name, op, phase, until }) => ({
    ...{ id, address, kind, physical_name, op, phase, until, message: null, code: null, because: null },
    status: id === "queue.batch/drain/release" ? ("applied" as const) : ("skipped" as const),
  }));
  const begun = followBegun({ before: new Set(), plan, part: plan, report: { steps } });
  const [moved] = plan.changes.filter(({ action, address }) => action === "move" && address.startsWith("cluster."));
  expect(begun).toContain("queue.batch");
  expect(begun).toContain(moved?.address);
  const queue = plan.changes.find(({ address }) => address === "queue.batch");
  const held = decideWhatRuns(
    situationOf({ plan, policy: { auto_apply: "all", windows: [CLOSED] }, begun: findBegun(plan, new Set(begun)) }),
  );
  expect([queue?.action, held.held.map(({ address }) => address)]).toEqual(["move", []]);
});

test("a queue that is kept though its manifest is gone is begun no longer once it is set back", async () => {
  const world = openWorld("2026-07");
  const folder = (clusters: readonly string[], queues: readonly string[]) => ({
    ...NOTHING_DESIRED,
    clusters: clusters.map((name) => desiredCluster(name, "default")),
    queues: queues.map((name) => desiredQueue(name, "default", ["*"])),
  });
  await carryOut(world, await planWorld(world, folder(["c1"], ["batch"])));
  const next = folder(["c2"], []);
  const plan = await planWorld(world, next);
  const report = await carryOut(world, plan);
  const begun = followBegun({ before: new Set(), plan, part: plan, report: beforeRestore(report) });
  expect(begun).toContain("queue.batch");
  expect(followBegun({ before: new Set(begun), plan, part: plan, report })).toEqual([]);
  const rest = await planWorld(world, next);
  expect(rest.changes.map(({ address, action }) => [address, action])).toEqual([["queue.batch", "keep"]]);
  expect(followBegun({ before: new Set(begun), plan: rest, part: null, report: null })).toEqual([]);
});

test("a queue that was written out is begun no longer in the pass that sets it back, as the change is that it was written out for", async () => {
  const world = openWorld("2026-07");
  const folder = (pool: string) => ({
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: [desiredCluster("c1", pool), desiredCluster("c2", "default")],
    queues: [desiredQueue("batch", "default", ["*"])],
  });
  await carryOut(world, await planWorld(world, folder("default")));
  const plan = await planWorld(world, folder("pa"));
  const report = await carryOut(world, plan);
  expect(report?.steps.map(({ phase, status }) => [phase, status])).toContainEqual(["write-out", "applied"]);
  expect(followBegun({ before: new Set(), plan, part: plan, report })).toEqual([]);
  expect(followBegun({ before: new Set(), plan, part: plan, report: beforeRestore(report) })).toContain("queue.batch");
});

test("a queue that was written out for a cluster that is gone comes back to `*` beside the delete of another one, which a window holds", async () => {
  const world = openWorld("2026-07");
  const past = {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
    queues: [desiredQueue("batch", "pa", ["*"])],
  };
  const next = { ...NOTHING_DESIRED, clusters: [desiredCluster("c1", "default")] };
  await carryOut(world, await planWorld(world, past));
  putWork(world, (most) => most);
  const whole = await planWorld(world, next);
  const report = await carryOut(world, whole, { wait_ms: 0 });
  const first = followBegun({ before: new Set(), plan: whole, part: whole, report });
  expect(first).toEqual(["cluster.c1"]);
  const second = await passClosed(world, next, first);
  expect(second).toEqual({ held: ["cluster.c2"], begun: ["cluster.c1", "queue.batch"] });
  world.model.commit([...world.model.state.work.rows.keys()].map(ended));
  const third = await passClosed(world, next, second.begun);
  expect([third, await passClosed(world, next, third.begun)].map(({ held }) => held)).toEqual([
    ["cluster.c2"],
    ["cluster.c2"],
  ]);
  expect(world.model.state.queue.rows.get("batch")?.spec.clusters).toEqual(["*"]);
});

test.each([
  ["deleted", []],
  ["moved to another pool", [desiredCluster("c1", "pc")]],
])(
  "a cluster for whose move a queue was written out is not begun, as that is set back, where it is to be %s instead",
  async (_how, c1) => {
    const world = openWorld("2026-07");
    const folder = (clusters: typeof c1) => ({
      ...NOTHING_DESIRED,
      pools: [desiredPool("pa"), desiredPool("pb"), desiredPool("pc")],
      clusters: [...clusters, desiredCluster("c2", "pa")],
      queues: [desiredQueue("batch", "pa", ["*"])],
    });
    await carryOut(world, await planWorld(world, folder([desiredCluster("c1", "pa")])));
    putWork(world, (most) => most);
    await carryOut(world, await planWorld(world, folder([desiredCluster("c1", "pb")])), { wait_ms: 0 });
    const selector = () => world.model.state.queue.rows.get("batch")?.spec.clusters;
    expect(selector()).toEqual(["c2"]);
    const clusters = () => [...world.model.state.cluster.rows.keys()];
    const there = clusters();
    // A revision that does something else to the cluster continues nothing of the move but to set the queue back.
    const first = await passClosed(world, folder(c1), ["queue.batch"]);
    expect(selector()).toEqual(["*"]);
    const second = await passClosed(world, folder(c1), first.begun);
    expect(first).toEqual({ held: ["cluster.c1"], begun: [] });
    expect(second).toEqual(first);
    expect([selector(), clusters()]).toEqual([["*"], there]);
  },
);

describe.each(GENERATIONS)("on generation %s", (generation) => {
  const drawn = fc.record({
    past: arbitraryDesired(generation),
    next: arbitraryDesired(generation),
    on_pool_change: fc.constantFrom("auto", "replace"),
    auto_apply: fc.constantFrom(...GRADES.filter((grade) => grade !== "all")),
    stop: fc.record({ at: fc.nat(20), how: fc.constantFrom("interrupt", "kill before", "kill after") }),
    draws: fc.infiniteStream(fc.nat(1_000)),
  });
  type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

  /** A folder that is applied, and the plan of another one. */
  async function prepare({ past, next, on_pool_change, draws }: Drawn) {
    const stream = draws[Symbol.iterator]();
    const draw = (most: number) => Number(stream.next().value) % (most + 1);
    const world = openWorld(generation);
    const first = await planWorld(world, past);
    fc.pre(first.applyable);
    await carryOut(world, first);
    const makePlan = (exclude: Parameters<typeof planWorld>[2] = {}) =>
      planWorld(world, next, { on_pool_change, ...exclude });
    const plan = await makePlan();
    fc.pre(plan.applyable);
    return { world, draw, plan, makePlan };
  }

  test("one approval is enough for a rollout that waits for work, and is killed on the way, until nothing is left of it", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (choices) => {
        const { world, draw, plan: approved, makePlan } = await prepare(choices);
        const policy = { auto_apply: choices.auto_apply };
        putWork(world, draw);
        let state: "open" | "running" = "open";
        let plan = approved;
        for (let pass = 0; !isEmptyPlan(plan); pass += 1) {
          const decision = decideWhatRuns(situationOf({ plan, policy, approvals: [approve(approved, { state })] }));
          expect(decision.held).toEqual([]);
          if (decision.approval !== null) state = "running";
          await carryOut(world, plan, { draw, wait_ms: 0, ...(pass % 3 === 1 ? { stop: choices.stop } : {}) });
          if (pass < PASSES.busy) endSomeWork(world, draw);
          else world.model.commit([...world.model.state.work.rows.keys()].map(ended));
          world.model.settle();
          plan = await makePlan();
          expect(pass).toBeLessThan(PASSES.most);
        }
      }),
      SETTINGS,
    );
  });

  test("what began before a window closed comes to its end in it, and nothing else begins", async () => {
    let later = 0;
    await assertUntil(
      () => later > 0,
      fc.asyncProperty(drawn, async (choices) => {
        const { world, draw, plan: first, makePlan } = await prepare(choices);
        const open: Partial<PolicyConfig> = { auto_apply: "all" };
        const closed = { ...open, windows: [CLOSED] };
        putWork(world, draw);
        const written = await carryOut(world, first, { draw, wait_ms: 0 });
        let begun = new Set(followBegun({ before: new Set(), plan: first, part: first, report: written }));
        for (let pass = 0; pass < PASSES.most; pass += 1) {
          if (pass < PASSES.busy) endSomeWork(world, draw);
          else world.model.commit([...world.model.state.work.rows.keys()].map(ended));
          world.model.settle();
          const plan = await makePlan();
          const found = findBegun(plan, begun);
          const { run, exclude, held } = decideWhatRuns(situationOf({ plan, policy: closed, begun: found }));
          if (run === "none") {
            // What waits for the next window had not begun.
            expect(held.filter(({ address }) => begun.has(address))).toEqual([]);
            return;
          }
          later += held.length;
          const part = await makePlan({ exclude });
          for (const { address } of part.steps) expect([...found]).toContain(address);
          const report = await carryOut(world, part, { draw, wait_ms: 0 });
          begun = new Set(followBegun({ before: begun, plan, part, report }));
        }
        expect(begun).toEqual(new Set());
      }),
      SETTINGS,
    );
  });

  test("what is planned again without what is held is not above the grade", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (choices) => {
        const { plan, makePlan } = await prepare(choices);
        const { auto_apply } = choices;
        const { run, exclude } = decideWhatRuns(situationOf({ plan, policy: { auto_apply } }));
        fc.pre(run === "part");
        const part = await makePlan({ exclude });
        const above = classifyChanges(part).filter(({ grade }) => exceeds(grade, auto_apply));
        expect(above).toEqual([]);
      }),
      SETTINGS,
    );
  });
});

/** A pass of a folder while the window is closed: what is held, and what has begun after it. */
async function passClosed(world: World, next: Desired, before: readonly string[]) {
  const plan = await planWorld(world, next);
  const policy = { auto_apply: "all", windows: [CLOSED] } as const;
  const begun = findBegun(plan, new Set(before));
  const { run, exclude, held } = decideWhatRuns(situationOf({ plan, policy, begun }));
  const part = run === "none" ? null : await planWorld(world, next, { exclude });
  const report = part === null ? null : await carryOut(world, part, { wait_ms: 0 });
  return { held: held.map(({ address }) => address), begun: followBegun({ before: begun, plan, part, report }) };
}

/** The report of a run that has not set back yet what it wrote out. */
function beforeRestore(report: ApplyReport | null): Pick<ApplyReport, "steps"> {
  const waits = (step: StepResult) => (step.phase === "restore" ? { ...step, status: "waiting" as const } : step);
  return { steps: (report?.steps ?? []).map(waits) };
}

function ended(key: string) {
  return { table: "work" as const, key, record: null };
}
