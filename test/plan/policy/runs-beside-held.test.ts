/** Parts of plans, in whatever way some of their changes are held, lead no work to a cluster that it has neither now nor by the whole plan. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, formatAddress } from "../../../src/model/address.ts";
import { type Desired, groupRows, NOTHING_DESIRED } from "../../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../../src/model/objects/settings.ts";
import { isNoOp, type Plan, type RunRoute } from "../../../src/model/plan/plan.ts";
import { type Decision, decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { nameRoute } from "../../../src/plan/policy/find-unsaid-routes.ts";
import { holdRerouting } from "../../../src/plan/policy/hold-rerouting.ts";
import { assertUntil } from "../../set-up/assert-until.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../arbitrary-desired.ts";
import { buildRows } from "../build-live.ts";
import { judgeRouted, openWorld } from "../open-model.ts";
import { ALLOWED, planSettings } from "../plan-settings.ts";
import { desiredRow, desiredSettings } from "../routing/build-states.ts";
import { carryOut } from "../walk-plan.ts";
import { situationOf } from "./situation-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

const ROWS = "cluster_pool_attributes";
const POOLS = ["pa", "pb", "pc"] as const;
const SCOPES = ["p1", "p1/dev", "p1/dev/wf"] as const;

/** Where clusters and queues are, which clusters a queue names, and which queues and pools settings and rows name; beyond the last: there is none. */
const worlds = fc.record({
  clusters: fc.array(fc.nat(POOLS.length), { minLength: 5, maxLength: 5 }),
  queues: fc.array(fc.tuple(fc.nat(POOLS.length), fc.nat(7)), { minLength: 3, maxLength: 3 }),
  settings: fc.tuple(fc.nat(3), fc.nat(3)),
  rows: fc.array(fc.nat(POOLS.length), { minLength: SCOPES.length, maxLength: SCOPES.length }),
});
type Chosen = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;

function build({ clusters: places, queues: picks, settings: named }: Chosen): Desired {
  const clusters = places.flatMap((place, index) => {
    const pool = POOLS[place];
    return pool === undefined ? [] : [desiredCluster(`c${index + 1}`, pool)];
  });
  const queues = picks.flatMap(([place, pick], index) => {
    const pool = POOLS[place];
    const members = clusters.filter((one) => one.pool === pool).map(({ name }) => name);
    return pool === undefined ? [] : [desiredQueue(`q${index + 1}`, pool, [members[pick] ?? "*"])];
  });
  const settings = named.flatMap((pick, index) => {
    const queue = queues[pick]?.name;
    return queue === undefined ? [] : [desiredSettings([null, "dev"][index] ?? null, { [DEFAULT_QUEUE_KEY]: queue })];
  });
  return { ...NOTHING_DESIRED, pools: POOLS.map((pool) => desiredPool(pool)), clusters, queues, settings };
}

function listRows({ rows }: Chosen): Readonly<Record<string, string>> {
  const entries = SCOPES.map((scope, index) => [scope, POOLS[rows[index] ?? POOLS.length] ?? ""] as const);
  return Object.fromEntries(entries.filter(([, pool]) => pool !== ""));
}

/** Makes plans of the way from one world to another, which is partly done. */
async function openWay(generation: Generation, was: Chosen, next: Chosen) {
  const world = openWorld(generation);
  const options = { allow: [...ALLOWED, "last-cluster"] };
  await carryOut(world, await planSettings(world, build(was), options));
  const before = listRows(was);
  const rows = groupRows(Object.entries(listRows(next)).map(([scope, pool]) => desiredRow(ROWS, scope, pool)));
  const flyteadmin = {
    endpoint: "https://flyte.example.com",
    projects: [{ id: "p1", name: "p1", domains: ["dev", "prod"], state: "active" }],
    domains: ["dev", "prod"],
    rows: buildRows({ [ROWS]: before }),
  };
  const owned = Object.keys(before).map((name) => ({
    ...{
      address: formatAddress(ROWS, name),
      kind: ROWS,
      name,
      physical_name: name,
      previous_names: [],
      left_names: [],
    },
    ...{ applied: {}, lifecycle: { prevent_destroy: false, on_remove: "delete" } },
  }));
  return (exclude: readonly Address[]) =>
    planSettings(world, { ...build(next), rows }, { ...options, exclude }, (input) =>
      judgeRouted({
        ...input,
        owned: [...input.owned, ...(owned as unknown as typeof input.owned)],
        live: { ...input.live, systems: { ...input.live.systems, flyteadmin: "read" }, flyteadmin },
      }),
    );
}

/** What a pass carries out of a plan of which some objects are paused. */
async function choosePart(
  decision: Decision,
  whole: Plan,
  makePlan: (exclude: readonly Address[]) => Promise<Plan>,
): Promise<{ readonly decision: Decision; readonly part: Plan | null }> {
  const { run, exclude } = decision;
  if (run === "none") return { decision, part: null };
  const part = run === "all" ? whole : await makePlan(exclude);
  const less = holdRerouting(decision, { whole, part, begun: new Set() });
  return less === null ? { decision, part } : choosePart(less, whole, makePlan);
}

/** Clusters that work gets, and neither has now nor by the whole plan. A queue that comes serves what is there. */
function listUnshown(part: Plan, whole: Plan): readonly unknown[] {
  const shown = new Map(whole.routing.map((route) => [nameRoute(route), route]));
  return part.routing.flatMap((route) => {
    const meant = shown.get(nameRoute(route));
    const known = new Set([...(route.before ?? []), ...(meant?.before ?? []), ...(meant?.after ?? [])]);
    const isNew = !("system" in route) && route.before === null;
    const strange = isNew ? [] : (route.after ?? []).filter((name) => !known.has(name));
    return strange.length === 0 ? [] : [{ strange, route, meant }];
  });
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test("no part of a plan leads runs by queue, settings or row to a cluster that neither the live state nor the whole plan has", async () => {
    const counts = { held: 0, free: 0 };
    await assertUntil(
      () => Math.min(counts.held, counts.free) > 0,
      fc.asyncProperty(
        worlds,
        worlds,
        fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
        async (was, next, picks) => {
          const makePlan = await openWay(generation, was, next);
          const whole = await makePlan([]);
          const changed = whole.changes.filter((change) => !isNoOp(change)).map(({ address }) => address);
          const paused = picks.flatMap((pick) => changed[pick % Math.max(1, changed.length)] ?? []);
          const pauses = paused.map((address) => ({
            ...{ id: address, target: "prod" },
            address,
            by: "ops",
            at: "2026-06-01T00:00:00.000Z",
            until: null,
            reason: "try",
          }));
          const plan = { ...whole, checks: [] };
          const policy = { auto_apply: "all" } as const;
          const decided = decideWhatRuns(situationOf({ plan, policy, pauses, appliedRevision: null }));
          const { decision, part } = await choosePart(decided, plan, makePlan);
          if (decision.held.length > decided.held.length) counts.held += 1;
          if (part !== null && part.steps.length > 0 && decided.held.length > 0) counts.free += 1;
          expect(part === null ? [] : listUnshown(part, plan)).toEqual([]);
        },
      ),
      SETTINGS,
    );
  });
});

test("what is put back as it was waits for nothing, though its row is held: the files that would lead its runs elsewhere wait", () => {
  const row = "execution_cluster_label.p1/dev/wf";
  const route = (after: string): RunRoute => ({
    ...{ system: "execution_cluster_labels", project: "p1", domain: "dev", workflow: "wf", queue: null },
    ...{ before: ["dp1"], after: [after] },
  });
  const step = { physical_name: "p1/dev/wf", after: [], set: { value: "label1" } };
  const back = { ...step, id: "1", address: row, kind: "execution_cluster_label", op: "create", phase: "put-back" };
  const files = { address: "flyte_clusters.flyte", kind: "flyte_clusters", physical_name: "flyte" } as const;
  const delivery = { ...step, ...files, id: "2", op: "update", phase: null, set: { files: {} } };
  const change = { address: row, physical_name: "p1/dev/wf", action: "update", before: {}, after: {} };
  const whole = { changes: [change], routing: [route("dp2")] } as unknown as Plan;
  const part = { routing: [route("dp3")], steps: [back, delivery], notices: [] } as unknown as Plan;
  const held = [{ address: row, reason: "approval", message: "" }];
  const drift = { addresses: [], holds: new Map(), confirmed: [], alone: [] };
  const decision = { run: "part", put_back: [row], exclude: [row], leave: [], allow: [], approved: [], approval: null };
  const less = holdRerouting({ ...decision, held, drift } as unknown as Decision, { whole, part, begun: new Set() });
  expect(less?.held.map(({ address }) => address)).toEqual([row, files.address]);
  const rest = { ...part, steps: part.steps.slice(0, 1) };
  expect(less === null ? less : holdRerouting(less, { whole, part: rest, begun: new Set() })).toBeNull();
});

test.each([
  ["begun as a move", "paused", true, ["cluster.c3"]],
  ["drained on the way alone", "paused", false, []],
  ["begun as a move, beside drift that stays", "drift_report", true, []],
  ["begun as a move, beside drift to be confirmed", "drift_unconfirmed", true, ["cluster.c3"]],
] as const)("a cluster that is only left to be put into service, %s (%s)", (_, reason, isAway, waiting) => {
  const row = "cluster_pool_attributes.p1/dev";
  const route = (after: string): RunRoute => ({
    ...{ system: "cluster_pool_attributes", project: "p1", domain: "dev", workflow: null, queue: null },
    ...{ before: ["c5"], after: [after] },
  });
  const change = { address: row, physical_name: "p1/dev", action: "update", before: {}, after: {} };
  const back = { id: "1", address: "cluster.c3", kind: "cluster", physical_name: "c3", op: "activate", phase: null };
  const other = { ...back, id: "2", address: "queue.q", kind: "queue", physical_name: "q", op: "create" };
  const steps = [back, other].map((step) => ({ ...step, after: [], set: {} }));
  const whole = { changes: [change], steps, routing: [route("c5")] } as unknown as Plan;
  const part = { routing: [route("c3")], steps, notices: [] } as unknown as Plan;
  const drift = { addresses: [], holds: new Map(), confirmed: [], alone: [] };
  const held = [{ address: row, reason, message: "" }];
  const decision = { run: "part", put_back: [], exclude: [row], leave: [], allow: [], approved: [], approval: null };
  const begun = new Set(["cluster.c3"]);
  const less = holdRerouting({ ...decision, held, drift } as unknown as Decision, {
    ...{ whole, part, begun },
    away: isAway ? begun : new Set(),
  });
  expect(less?.held.slice(1).map(({ address }) => address) ?? []).toEqual(waiting);
});
