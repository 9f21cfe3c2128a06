import { expect, test } from "vitest";
import { planInputOf } from "../../bench/measure-plan.ts";
import type { OwnedObject, RoutingWrite } from "../../src/model/ledger/ledger.ts";
import { type Desired, groupRows, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { Check } from "../../src/model/plan/plan.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { buildLive, type LiveNote } from "./build-live.ts";
import { desiredRow, desiredSettings } from "./routing/build-states.ts";

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

type Note = Pick<LiveNote, "clusters" | "queues" | "settings" | "rows" | "systems">;

/** What the check for lost work finds, where a commit has written something already; default: what fails of it. */
function judge(
  note: Note,
  desired: Partial<Desired>,
  writes: readonly RoutingWrite[],
  more: Partial<PlanInput> = {},
  wanted: Check["status"] = "fail",
): readonly string[] {
  const live = buildLive({ generation: "2026-11", pools: { pa: {}, pb: {}, pc: {} }, ...note });
  const planned = planInputOf({ ...NOTHING_DESIRED, ...POOLS, ...desired }, live);
  const input = { ...planned, ...OURS, routing_writes: writes, ...more };
  const { findings } = routeRuns(computePlan(input), input);
  const lost = findings.filter(({ check, status }) => check === "black-hole" && status === wanted);
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
/** Its state is left to others. */
const HANDS_OFF = { lifecycle: { ...LIFECYCLE, ignore_changes: ["state"] } };
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
  // One that it has made itself, or put into service: its first plan has warned of the same.
  const activated = { ...of("queue", "q2", "activate"), before: { state: "drained" }, after: { state: "active" } };
  for (const write of [{ ...of("queue", "q2", "create"), before: null, after: { pool: "pb" } }, activated]) {
    expect(judge(live, desired, [write])).toEqual([]);
    expect(judge(live, desired, [write], {}, "warn")).toEqual(["queue.q2"]);
  }
  // Runs that it sends there are lost with its first plan.
  const sent = { ...live, clusters: { ...live.clusters, c7: { pool: "pa" } }, queues: { q1: { pool: "pa" } } } as const;
  const settings = [desiredSettings("dev", { [DEFAULT_QUEUE_KEY]: "q2" })];
  const first = { ...desired, queues: [desiredQueue("q1", "pa", ["*"]), ...desired.queues], settings };
  const named = { ...sent, settings: { dev: { [DEFAULT_QUEUE_KEY]: "q1" } } };
  expect(judge(named, { ...first, clusters: [...first.clusters, desiredCluster("c7", "pa")] }, [])).toEqual(LOST);
});

test("runs lose nothing that were refused before the commit, as their queue was drained by its manifest", () => {
  const live = {
    clusters: { c1: { pool: "pb" }, c2: { pool: "pa" } },
    queues: { default: { pool: "default" }, q3: { pool: "pb" } },
    settings: {},
  } as const;
  const desired = {
    clusters: [desiredCluster("c1", "pb"), desiredCluster("c2", "pb")],
    queues: [desiredQueue("q3", "pb", ["*"])],
  };
  const activated = { ...of("queue", "q3", "activate"), before: { state: "drained" }, after: { state: "active" } };
  const unset = { ...of("settings", "acme/dev", "delete"), before: { queue: "q3" }, after: null };
  const own = { turned: [{ name: "acme/dev", from: "q3", to: null, seq: 2 }] };
  expect(judge(live, desired, [activated, unset], own)).toEqual([]);
  expect(judge(live, desired, [unset], own)).toEqual(LOST);
  // Of a row it is not known whether it was there before: it may have been put back.
  const wide = { ...of("cluster_pool_attributes", "p/development", "delete"), before: { value: "pa" }, after: null };
  const below = of("cluster_pool_attributes", "p/development/w", "create");
  const rows = [wide, { ...below, before: null, after: { value: "pb" } }];
  expect(judge(live, desired, [activated, unset, ...rows], own)).toEqual([]);
});

test("runs lose what they had where a plan leads them to a queue that is not there", () => {
  const live = { ...RUNS.live, queues: { ...RUNS.live.queues, default: null } };
  const settings = [desiredSettings("dev", { [DEFAULT_QUEUE_KEY]: "default" })];
  expect(judge(live, { ...RUNS.desired, settings }, [])).toEqual(LOST);
});

test("runs lose nothing with a queue that a finished commit has deleted, where its manifest had drained it before", () => {
  const live = { clusters: { c1: { pool: "pb" } }, queues: { q3: { pool: "pb" } } } as const;
  const desired = { clusters: [desiredCluster("c1", "pb")], queues: [desiredQueue("q3", "pb", ["*"])] };
  const turned = [{ name: "acme/dev", from: "old", to: null, seq: 2 }];
  const later = { revision: "a later commit", turned };
  const drained: RoutingWrite = {
    ...of("queue", "old", "drain"),
    before: { state: "active" },
    after: { state: "drained" },
  };
  const gone = { ...of("queue", "old", "delete"), after: null };
  const was = { pool: "pb", clusters: ["*"], state: "drained" };
  expect(judge(live, desired, [{ ...gone, before: was }], later)).toEqual([]);
  expect(judge(live, desired, [drained, { ...gone, before: was }], later)).toEqual(LOST);
});

test("runs lose nothing with a queue that their commit has deleted, whose clusters are out of service by others", () => {
  const live = {
    clusters: { c1: { pool: "pb", state: "drained" }, c5: { pool: "pa" } },
    queues: { default: { pool: "default" } },
    settings: {},
  } as const;
  const desired = { clusters: [desiredCluster("c1", "pb", HANDS_OFF), desiredCluster("c5", "pb")] };
  const unset = { ...of("settings", "acme/dev", "delete"), before: { queue: "q3" }, after: null };
  const was = { pool: "pb", clusters: ["*"], state: "active" };
  const gone = { ...of("queue", "q3", "delete"), before: was, after: null };
  const own = { turned: [{ name: "acme/dev", from: "q3", to: null, seq: 2 }] };
  // They may have been in service when it was accepted: it is said.
  expect(judge(live, desired, [unset, gone], own)).toEqual([]);
  expect(judge(live, desired, [unset, gone], own, "warn")).toEqual(LOST);
  const served = { ...live, clusters: { ...live.clusters, c1: { pool: "pb" } } } as const;
  expect(judge(served, desired, [unset, gone], own)).toEqual(LOST);
  // Another commit may give up what was to take its place, unless it is on record that there was none.
  const later = { ...own, revision: "a later commit" };
  const owned = [{ ...OUT, address: "cluster.c1" as const, physical_name: "c1" }];
  expect(judge(live, desired, [unset, gone], later)).toEqual(LOST);
  expect(judge(live, desired, [unset, gone], { ...later, owned })).toEqual([]);
  expect(judge(live, desired, [unset, gone], { ...later, owned }, "warn")).toEqual([]);
  // An earlier one has brought it a cluster since all was over last.
  const made = { ...created("c1", "pb"), revision: "an earlier commit" };
  expect(judge(served, desired, [made, unset, gone], later)).toEqual(LOST);
});

/** A row sends a project to pool pb, which has one cluster. */
const ROWS = {
  live: { clusters: { c1: { pool: "pb" } }, rows: { cluster_pool_attributes: { "team1/development": "pb" } } },
  none: { clusters: [desiredCluster("c1", "pb")] },
  lost: ["cluster_pool_attributes.team1/development"],
} as const;
const ROW = of("cluster_pool_attributes", "team1/development", "create");
const OWNED: OwnedObject = {
  ...{ ...OUT, address: "cluster_pool_attributes.team1/development", kind: "cluster_pool_attributes" },
  ...{ name: "team1/development", physical_name: "team1/development", applied: { value: "pb" } },
};
/** The row goes, unless a manifest has it. */
const judgeRows = (
  writes: readonly RoutingWrite[],
  status: Check["status"] = "fail",
  live: Note = ROWS.live,
  desired: Partial<Desired> = ROWS.none,
) => {
  const { options } = planInputOf(NOTHING_DESIRED, buildLive({ generation: "2026-11" }));
  return judge(live, desired, writes, { owned: [OWNED], options: { ...options, prune: "owned" } }, status);
};

test("runs lose nothing that the commit itself has brought to the pool of their row", () => {
  expect(judgeRows([])).toEqual(ROWS.lost);
  expect(judgeRows([created("c1", "pb")])).toEqual([]);
  // Their row was another before it, whose pool had a cluster.
  const live = { ...ROWS.live, clusters: { ...ROWS.live.clusters, c3: { pool: "pc" } } };
  const turned = { ...ROW, op: "update" as const, before: { value: "pc" }, after: { value: "pb" } };
  const desired = { clusters: [...ROWS.none.clusters, desiredCluster("c3", "pc")] };
  expect(judgeRows([created("c1", "pb"), turned], "fail", live, desired)).toEqual(ROWS.lost);
  // It may have been put back after a wider one was deleted, or was not there before.
  const wide = { ...of("cluster_pool_attributes", "team1", "delete"), before: { value: "pa" }, after: null };
  const put = { ...ROW, before: null, after: { value: "pb" } };
  const inPa = { ...ROWS.live, clusters: { ...ROWS.live.clusters, c2: { pool: "pa" } } };
  const both = { clusters: [...ROWS.none.clusters, desiredCluster("c2", "pa")] };
  expect(judgeRows([wide, put, created("c1", "pb")], "fail", inPa, both)).toEqual(ROWS.lost);
});

/** Another commit has turned the row, and moves c5 from pool pa, which is under way. */
const BEFORE = { revision: "the commit before", unfinished: true } as const;
const TURNED: RoutingWrite = { ...ROW, ...BEFORE, before: null, after: { value: "pb" } };
const MOVED: RoutingWrite = { ...moved("cluster", "c5", "pa", "pc"), ...BEFORE };
const BEGUN = { ...ROWS.live, clusters: { ...ROWS.live.clusters, c5: { pool: "pc" } } };
const judgeBegun = (writes: readonly RoutingWrite[], status: Check["status"], pool = "pa") =>
  judgeRows(writes, status, BEGUN, { clusters: [...ROWS.none.clusters, desiredCluster("c5", pool)] });

test("a commit that gives up a rollout takes nothing that was there before that: it is said, and not refused", () => {
  expect(judgeBegun([TURNED, MOVED], "fail")).toEqual([]);
  expect(judgeBegun([TURNED, MOVED], "warn")).toEqual(ROWS.lost);
  // A queue that it has made stays behind.
  const made = { ...of("queue", "q9", "create"), ...BEFORE, before: null, after: { pool: "pb" } };
  expect(judgeBegun([TURNED, MOVED, made], "fail")).toEqual([]);
  // It has written to queues alone: one that it has moved is back, one that it has made is gone; the others are not.
  const queue = { ...moved("queue", "q1", "pa", "pc"), ...BEFORE };
  const judgeQueues = (written: readonly RoutingWrite[], queues: Desired["queues"], q1: object = { pool: "pc" }) => {
    const clusters = [...ROWS.none.clusters, desiredCluster("c2", "pa"), desiredCluster("c3", "pc")];
    const there = { clusters: { ...ROWS.live.clusters, c2: { pool: "pa" }, c3: { pool: "pc" } } };
    const live = { ...ROWS.live, ...there, queues: { q1, q9: { pool: "pb" } } } as Note;
    return judgeRows([TURNED, ...written], "fail", live, { clusters, queues });
  };
  const q9 = desiredQueue("q9", "pb", ["*"]);
  const back = desiredQueue("q1", "pa", ["*"]);
  expect(judgeQueues([queue], [back, q9])).toEqual([]);
  // Drained on the way, and not in service again, as its last write has not arrived.
  const out = { ...queue, op: "drain" as const, before: { state: "active" }, after: { state: "drained" } };
  const on = { ...queue, op: "activate" as const, before: { state: "drained" }, after: { state: "active" } };
  expect(judgeQueues([out, queue, on], [back, q9], { pool: "pc", state: "drained" })).toEqual([]);
  expect(judgeQueues([queue], [desiredQueue("q1", "pc", ["*"]), q9])).toEqual(ROWS.lost);
  expect(judgeQueues([queue], [{ ...back, state: "drained" }, q9])).toEqual(ROWS.lost);
  expect(judgeQueues([made], [back, q9])).toEqual(ROWS.lost);
  // What it has drained stays so, as its manifest has it; and it has no cluster to give up.
  const drained = { ...MOVED, op: "drain" as const, before: { state: "active" }, after: { state: "drained" } };
  const empty = { ...BEGUN, clusters: { ...BEGUN.clusters, c5: { pool: "pa", state: "draining" } } } as const;
  const stays = { clusters: [...ROWS.none.clusters, desiredCluster("c5", "pa", { state: "drained" })] };
  expect(judgeRows([TURNED, drained], "fail", empty, stays)).toEqual(ROWS.lost);
  expect(judgeRows([TURNED], "fail")).toEqual(ROWS.lost);
  // It is over, and what it has brought is there.
  const [turned, over] = [TURNED, MOVED].map(({ unfinished: _, ...write }) => write);
  expect(
    judgeBegun(
      [turned, over].filter((write) => write !== undefined),
      "fail",
    ),
  ).toEqual(ROWS.lost);
  // The rollout goes on.
  expect(judgeBegun([TURNED, MOVED], "fail", "pc")).toEqual(ROWS.lost);
  // Another user has made the row another one since.
  expect(judgeBegun([{ ...TURNED, after: { value: "pa" } }, MOVED], "fail")).toEqual(ROWS.lost);
});

test("a row that went along with a wider one and was put back is none that a rollout has brought", () => {
  const wider = { ...TURNED, name: "team1", before: { value: "pb" } };
  const gone = { ...wider, op: "delete" as const, after: null };
  const again = { ...wider, before: null, after: { value: "pb" } };
  expect(judgeBegun([gone, TURNED, MOVED], "fail")).toEqual(ROWS.lost);
  expect(judgeBegun([gone, TURNED, again, MOVED], "fail")).toEqual(ROWS.lost);
});

test("runs that stay as they were, in what a rollout has brought there, lose that", () => {
  const rows = groupRows([desiredRow("cluster_pool_attributes", "team1/development", "pb")]);
  const brought = { ...moved("cluster", "c1", "pa", "pb"), ...BEFORE };
  expect(judgeRows([brought], "fail", ROWS.live, { clusters: [desiredCluster("c1", "pa")], rows })).toEqual(ROWS.lost);
});

test("a part of a plan that gives up a rollout takes nothing that was there before that either", () => {
  const { options } = planInputOf(NOTHING_DESIRED, buildLive({ generation: "2026-11" }));
  const part = { ...options, prune: "owned" as const, exclude: ["cluster_pool.pb" as const] };
  const desired = { clusters: [...ROWS.none.clusters, desiredCluster("c5", "pa")] };
  const judgePart = (status: Check["status"]) =>
    judge(BEGUN, desired, [TURNED, MOVED], { owned: [OWNED], options: part }, status);
  expect(judgePart("fail")).toEqual([]);
  expect(judgePart("warn")).toEqual(ROWS.lost);
});
