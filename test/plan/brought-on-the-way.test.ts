import { expect, test } from "vitest";
import { planInputOf } from "../../bench/measure-plan.ts";
import type { OwnedObject, RoutingWrite } from "../../src/model/ledger/ledger.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { buildLive, type LiveNote } from "./build-live.ts";
import { desiredSettings } from "./routing/build-states.ts";

const POOLS = { pools: [desiredPool("pa"), desiredPool("pb")] };
const OURS = { revision: "the commit" };

const of = (kind: RoutingWrite["kind"], name: string, op: RoutingWrite["op"]) => ({ kind, name, op, ...OURS });
const created = (name: string, pool: string): RoutingWrite => ({
  ...of("cluster", name, "create"),
  before: null,
  after: { pool },
});
const moved = (kind: RoutingWrite["kind"], name: string, from: string, to: string): RoutingWrite => {
  return { ...of(kind, name, kind === "queue" ? "update" : "move"), before: { pool: from }, after: { pool: to } };
};
const deleted = (name: string, pool: string): RoutingWrite => ({
  ...of("cluster", name, "delete"),
  before: { pool, state: "active" },
  after: null,
});

/** What fails of the check for lost work, where a commit has written something already. */
function judge(
  note: Pick<LiveNote, "clusters" | "queues" | "settings">,
  desired: Partial<Desired>,
  writes: readonly RoutingWrite[],
  more: Partial<PlanInput> = {},
): readonly string[] {
  const live = buildLive({ generation: "2026-11", pools: { pa: {}, pb: {}, pc: {} }, ...note });
  const planned = planInputOf({ ...NOTHING_DESIRED, ...POOLS, ...desired }, live);
  const input = { ...planned, ...OURS, routing_writes: writes, ...more };
  const { findings } = routeRuns(computePlan(input), input);
  const lost = findings.filter(({ check, status }) => check === "black-hole" && status === "fail");
  return lost.flatMap(({ addresses, concerns = [] }) => [...addresses, ...concerns]);
}

/** Settings of a domain name q3, which has c1 in its pool, and are to name q1, whose only cluster a manifest drains. */
const RUNS = {
  live: {
    clusters: { c1: { pool: "pb" }, c2: { pool: "pa", state: "drained" } },
    queues: { q1: { pool: "pa" }, q3: { pool: "pb" } },
    settings: { dev: { [DEFAULT_QUEUE_KEY]: "q3" } },
  },
  desired: {
    clusters: [desiredCluster("c1", "pb"), desiredCluster("c2", "pa", { state: "drained" })],
    queues: [desiredQueue("q1", "pa", ["*"]), desiredQueue("q3", "pb", ["*"])],
    settings: [desiredSettings("dev", { [DEFAULT_QUEUE_KEY]: "q1" })],
  },
} as const satisfies { readonly live: LiveNote | object; readonly desired: Partial<Desired> };
const OUT: OwnedObject = {
  ...{ address: "cluster.c2", kind: "cluster", name: "c2", physical_name: "c2", previous_names: [] },
  ...{ lifecycle: { prevent_destroy: false, on_remove: "delete" }, applied: { state: "drained" }, manifest: null },
  ...{ revision: null, updated_at: "2026-11-01T12:00:00.000Z" },
};
const LOST = ["queues.any project in dev"];
const judgeRuns = (writes: readonly RoutingWrite[], more: Partial<PlanInput> = {}) =>
  judge(RUNS.live, RUNS.desired, writes, more);

test("runs lose no cluster that the commit itself has brought them on its way", () => {
  expect(judgeRuns([created("c1", "pb")])).toEqual([]);
  expect(judgeRuns([moved("cluster", "c1", "pa", "pb")])).toEqual([]);
  expect(judgeRuns([moved("queue", "q3", "pc", "pb")])).toEqual([]);
  // Its former pool has one that may have been drained since, unless it is on record that its manifest had it so.
  expect(judgeRuns([moved("queue", "q3", "pa", "pb")])).toEqual(LOST);
  expect(judgeRuns([moved("queue", "q3", "pa", "pb")], { owned: [OUT] })).toEqual([]);
  const wasOut = { before: { state: "drained" }, after: { state: "active" } };
  expect(judgeRuns([{ ...of("cluster", "c1", "activate"), ...wasOut }])).toEqual([]);
});

test("they lose one that was there, that another commit or writer has brought, or that a part of the plan takes", () => {
  expect(judgeRuns([])).toEqual(LOST);
  expect(judgeRuns([created("c1", "pb")], { revision: "a later commit" })).toEqual(LOST);
  // It has been moved on since, by another user.
  expect(judgeRuns([created("c1", "pa")])).toEqual(LOST);
  expect(
    judgeRuns([created("c1", "pb")], {
      options: {
        ...planInputOf(NOTHING_DESIRED, buildLive({ generation: "2026-11" })).options,
        exclude: ["queue.q3"],
        target: ["settings.acme/dev"],
      },
    }),
  ).toEqual(LOST);
});

test("they lose one of before in whose place the commit has brought another, or that is not known", () => {
  expect(judgeRuns([created("c1", "pb"), deleted("c0", "pb")])).toEqual(LOST);
  expect(judgeRuns([created("c1", "pb"), { ...deleted("c0", "pb"), before: null }])).toEqual(LOST);
  const turned = { before: { queue: "q0" }, after: { queue: "q3" } };
  const before = { ...RUNS.live, queues: { ...RUNS.live.queues, q0: { pool: "pc" } } };
  const clusters = { ...RUNS.live.clusters, c4: { pool: "pc" } };
  const writes = [created("c1", "pb"), { ...of("settings", "acme/dev", "update"), ...turned }];
  expect(judge({ ...before, clusters }, RUNS.desired, writes)).toEqual(LOST);
});

test("a queue loses none that it reaches only since the commit has pointed it there", () => {
  const live = {
    clusters: { c1: { pool: "pb" }, hand: { pool: "pb", state: "drained" } },
    queues: { q2: { pool: "pb" } },
  } as const;
  const desired = { clusters: [desiredCluster("c1", "pa")], queues: [desiredQueue("q2", "pb", ["*"])] };
  expect(judge(live, desired, [])).toEqual(["queue.q2"]);
  expect(judge(live, desired, [moved("queue", "q2", "pa", "pb")])).toEqual([]);
  // It had one there, which may have been drained since.
  const there = { ...live, clusters: { ...live.clusters, other: { pool: "pa", state: "drained" } } } as const;
  expect(judge(there, desired, [moved("queue", "q2", "pa", "pb")])).toEqual(["queue.q2"]);
  // One that it has made itself was used by none before: runs that are sent there come from elsewhere.
  expect(judge(live, desired, [{ ...of("queue", "q2", "create"), before: null, after: { pool: "pb" } }])).toEqual([
    "queue.q2",
  ]);
});
