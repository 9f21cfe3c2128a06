import { describe, expect, test } from "vitest";
import type { DriftConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { Contest } from "../../../src/model/daemon/daemon-records.ts";
import type { ApplyReport, StepStatus } from "../../../src/model/plan/apply-report.ts";
import type { Change, Plan } from "../../../src/model/plan/plan.ts";
import { decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { followContests } from "../../../src/plan/policy/follow-contests.ts";
import { makeReport } from "../../daemon/notify/make-state.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, situationOf } from "./situation-of.ts";

const ADDRESS = "queue.lost";
const lost = (rest: Partial<Change> = {}) =>
  change(ADDRESS, { origin: "drift", before: { depth: 9 }, after: { depth: 2 }, changed_by: "autoscaler", ...rest });
const planWith = (...changes: readonly Change[]) =>
  planOf({ changes, steps: changes.map(({ address }) => step(address, "update")) });
const FOUGHT = planWith(lost());
const NOTHING = planOf();

/** What happens in one pass: its plan, how far its steps come, and how many minutes after the first it is. */
interface Scene {
  readonly plan: Plan;
  readonly status?: StepStatus;
  readonly minute?: number;
  readonly overrides?: readonly string[];
}

/** Plays passes one after the other, a minute apart; tells what was held in each, and what is known at the end. */
function play(scenes: readonly Scene[], settings: Partial<DriftConfig> = {}) {
  const drift = { action: "revert", contested_after: 3, contested_within_ms: 3_600_000, ...settings } as const;
  let contests: readonly Contest[] = [];
  const told = scenes.map(({ plan, status = "applied", minute, overrides }, index) => {
    const now = new Date(Date.UTC(2026, 5, 1, 12, minute ?? index)).toISOString();
    const approvals = overrides === undefined ? [] : [approve(plan, { overrides })];
    const situation = situationOf({ plan, drift, contests, approvals, now });
    const decision = decideWhatRuns(situation);
    const held = new Set(decision.held.map(({ address }) => address));
    const report: ApplyReport | null =
      decision.run === "none" || plan.steps.length === 0
        ? null
        : { ...makeReport(), steps: plan.steps.filter((one) => !held.has(one.address)).map((one) => end(one, status)) };
    contests = followContests({
      before: contests,
      drift: situation.drift,
      plan,
      decision,
      report,
      killed: [],
      at: now,
    });
    return decision.held.map(({ reason }) => reason).join() || "run";
  });
  return { told, contests };
}

function end({ id, address, kind, physical_name, op, phase, until }: Plan["steps"][number], status: StepStatus) {
  return { id, address, kind, physical_name, op, phase, until, status, message: null, code: null, because: null };
}

const times = (count: number, scene: Scene) => Array.from({ length: count }, () => scene);

describe("an object that is changed again each time it was set back", () => {
  test("is left alone after so many times, with since when and who changed it last", () => {
    const { told, contests } = play(times(5, { plan: FOUGHT }));
    expect(told).toEqual(["run", "run", "run", "drift_contested", "drift_contested"]);
    expect(contests).toEqual([
      {
        address: ADDRESS,
        reverted_at: ["2026-06-01T12:00:00.000Z", "2026-06-01T12:01:00.000Z", "2026-06-01T12:02:00.000Z"],
        held_since: "2026-06-01T12:03:00.000Z",
        changed_by: "autoscaler",
      },
    ]);
  });

  test("is counted though it looks well in between, and whatever it is changed to", () => {
    const other = planWith(lost({ before: { depth: 7 } }));
    const scenes = [FOUGHT, NOTHING, other, NOTHING, FOUGHT, NOTHING, other];
    expect(play(scenes.map((plan) => ({ plan }))).told.at(-1)).toBe("drift_contested");
  });

  test("is set back for ever where that happens seldom enough, or where nothing is to be left alone", () => {
    const seldom = [0, 31, 62, 93, 124].map((minute) => ({ plan: FOUGHT, minute }));
    expect(new Set(play(seldom).told)).toEqual(new Set(["run"]));
    expect(play(times(9, { plan: FOUGHT }), { contested_after: 0 })).toEqual({
      told: Array.from({ length: 9 }, () => "run"),
      contests: [],
    });
  });

  test("stays left alone however long it lasts", () => {
    const scenes = [...times(4, { plan: FOUGHT }), { plan: FOUGHT, minute: 600 }];
    expect(play(scenes).told.at(-1)).toBe("drift_contested");
  });

  test("is counted once for a revert of several passes, and not for one that failed", () => {
    const waiting: Scene = { plan: FOUGHT, status: "waiting" };
    expect(play([...times(4, waiting), { plan: FOUGHT }]).contests[0]?.reverted_at).toHaveLength(1);
    expect(play(times(4, { plan: FOUGHT, status: "failed" })).contests).toEqual([]);
  });
});

describe("what is left alone is released", () => {
  const fought = times(4, { plan: FOUGHT });

  test("when it is as it should be, and counted anew", () => {
    const { told, contests } = play([...fought, { plan: NOTHING }, { plan: FOUGHT }]);
    expect(told.at(-1)).toBe("run");
    expect(contests[0]?.reverted_at).toHaveLength(1);
  });

  test("when a commit changes it", () => {
    const { told, contests } = play([...fought, { plan: planWith(lost({ origin: "both" })) }]);
    expect([told.at(-1), contests]).toEqual(["run", []]);
  });

  test.each(["drift", "drift_contested"])("when its plan is approved with the override %s", (override) => {
    const { told, contests } = play([...fought, { plan: FOUGHT, overrides: [override] }]);
    expect([told.at(-1), contests[0]?.reverted_at.length, contests[0]?.held_since]).toEqual(["run", 1, null]);
  });

  test("and not when its plan is approved without", () => {
    expect(play([...fought, { plan: FOUGHT, overrides: [] }]).told.at(-1)).toBe("drift_contested");
  });
});

describe("what a commit asks for", () => {
  const added = change("cluster.new", { action: "create", before: null });
  const both = (after: readonly string[], own: Partial<Change> = {}) =>
    planOf({
      changes: [lost(), { ...added, ...own }],
      steps: [step(ADDRESS, "update"), step("cluster.new", "create", { after })],
    });

  test("runs beside an object that is left alone", () => {
    const { told } = play([...times(4, { plan: FOUGHT }), { plan: both([]) }]);
    expect(told.at(-1)).toBe("drift_contested");
  });

  test("has the object that it rests on set back once more", () => {
    const { told, contests } = play([...times(4, { plan: FOUGHT }), { plan: both([`${ADDRESS}/update`]) }]);
    expect([told.at(-1), contests[0]?.reverted_at.length]).toEqual(["run", 1]);
  });

  test("leaves the object alone as long as it is held itself", () => {
    const moved = both([`${ADDRESS}/update`], { action: "move", action_reason: "pool_differs", before: { pool: "p" } });
    const { told } = play([...times(4, { plan: FOUGHT }), { plan: moved }]);
    expect(told.at(-1)).toBe("drift_contested,approval");
  });
});
