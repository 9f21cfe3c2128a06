import { describe, expect, test } from "vitest";
import type { DriftConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { Sighting } from "../../../src/model/daemon/daemon-records.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { dropReverted, hashDifference } from "../../../src/plan/policy/judge-drift.ts";
import { change, planOf, step } from "./plan-of.ts";
import { situationOf } from "./situation-of.ts";

const lost = (depth: number) => change("queue.lost", { origin: "drift", before: { depth }, after: { depth: 2 } });
const planWith = (...changes: Plan["changes"]) =>
  planOf({ changes, steps: changes.map(({ address }) => step(address, "update")) });
const PATIENT: Partial<DriftConfig> = { action: "revert", sightings: 3 };

/** Plays passes one after the other, a minute apart; tells of each what was held, and what was seen. */
function play(plans: readonly Plan[], drift: Partial<DriftConfig>, policy: { freeze?: { reason: string } } = {}) {
  let sightings: readonly Sighting[] = [];
  return plans.map((plan, minute) => {
    const now = new Date(Date.UTC(2026, 5, 1, 12, minute)).toISOString();
    const decision = decideWhatRuns(situationOf({ plan, drift, policy, sightings, now }));
    sightings = decision.sightings;
    return decision;
  });
}
const reasons = (decisions: ReturnType<typeof play>) =>
  decisions.map(({ held }) => held.map(({ reason }) => reason).join() || "run");

describe("a drift", () => {
  test("is undone from the pass on in which it is seen for the third time in a row", () => {
    const decisions = play([planWith(lost(9)), planWith(lost(9)), planWith(lost(9))], PATIENT);
    expect(reasons(decisions)).toEqual(["drift_unconfirmed", "drift_unconfirmed", "run"]);
    expect(decisions.map(({ drift }) => drift.confirmed)).toEqual([[], [], ["queue.lost"]]);
    expect(decisions[2]?.sightings[0]).toMatchObject({ first_at: "2026-06-01T12:00:00.000Z", count: 3 });
  });

  test("that differs otherwise than before starts anew", () => {
    const decisions = play([planWith(lost(9)), planWith(lost(9)), planWith(lost(8)), planWith(lost(8))], PATIENT);
    expect(reasons(decisions).every((reason) => reason === "drift_unconfirmed")).toBe(true);
    expect(decisions[2]?.sightings[0]).toMatchObject({ first_at: "2026-06-01T12:02:00.000Z", count: 1 });
  });

  test("that was gone in between starts anew", () => {
    const decisions = play([planWith(lost(9)), planWith(lost(9)), planWith(), planWith(lost(9))], PATIENT);
    expect(reasons(decisions)[3]).toBe("drift_unconfirmed");
    expect(decisions[2]?.sightings).toEqual([]);
  });

  test("that is being undone stays counted while it changes on the way", () => {
    const away = {
      origin: "drift" as const,
      action: "move" as const,
      action_reason: "pool_differs" as const,
      after: { pool: "p", state: "active" },
    };
    const moved = (pool: string, state: string) => change("cluster.a", { ...away, before: { pool, state } });
    const drift = { ...PATIENT, destructive: true };
    const plans = [planWith(moved("q", "active")), planWith(moved("q", "active")), planWith(moved("q", "active"))];
    const rest = [planWith(moved("q", "drained")), planWith(moved("p", "drained"))];
    const decisions = [...plans, ...rest].reduce<{ sightings: readonly Sighting[]; told: string[] }>(
      ({ sightings, told }, plan) => {
        const decision = decideWhatRuns(situationOf({ plan, drift, policy: { auto_apply: "all" }, sightings }));
        return { sightings: decision.sightings, told: [...told, decision.run] };
      },
      { sightings: [], told: [] },
    );
    expect(decisions.told).toEqual(["none", "none", "all", "all", "all"]);
  });

  test("that was undone and comes back starts anew, and one that is being undone does not", () => {
    const found = { first_at: "2026-06-01T12:00:00.000Z", address: "queue.lost" as const };
    const [done, underWay] = [new Set(["queue.lost"] as const), new Set<never>()];
    const third = decideWhatRuns(
      situationOf({
        plan: planWith(lost(9)),
        drift: PATIENT,
        sightings: [{ ...found, difference: hashDifference(lost(9)), count: 2 }],
      }),
    );
    expect(third.run).toBe("all");
    const again = (sightings: readonly Sighting[]) => {
      const decision = decideWhatRuns(situationOf({ plan: planWith(lost(9)), drift: PATIENT, sightings }));
      return [decision.run, decision.sightings.map(({ count }) => count)];
    };
    expect(again(dropReverted(third.sightings, underWay))).toEqual(["all", [4]]);
    expect(again(dropReverted(third.sightings, done))).toEqual(["none", [1]]);
    // What was held is no revert, whatever a commit did to the rest of the object.
    const held = decideWhatRuns(situationOf({ plan: planWith(lost(9)), drift: PATIENT }));
    expect(dropReverted(held.sightings, done)).toEqual(held.sightings);
  });

  test.each([
    // A minute from one pass to the next.
    [{ sightings: 1, seen_for_ms: 0 }, ["run", "run", "run", "run"]],
    [{ sightings: 2, seen_for_ms: 60_000 }, ["drift_unconfirmed", "run", "run", "run"]],
    [{ sightings: 2, seen_for_ms: 90_000 }, ["drift_unconfirmed", "drift_unconfirmed", "run", "run"]],
    [{ sightings: 1, seen_for_ms: 180_000 }, ["drift_unconfirmed", "drift_unconfirmed", "drift_unconfirmed", "run"]],
    [{ sightings: 4, seen_for_ms: 60_000 }, ["drift_unconfirmed", "drift_unconfirmed", "drift_unconfirmed", "run"]],
  ])("counts only once it was seen so often, and for so long: %j", (patience, expected) => {
    const decisions = play(Array(4).fill(planWith(lost(9))), { action: "revert", ...patience });
    expect(reasons(decisions)).toEqual(expected);
    expect(decisions.map(({ drift }) => drift.confirmed.length === 1)).toEqual(expected.map((one) => one === "run"));
  });

  test("that changes within the time starts anew, and says when it may be undone", () => {
    const patience = { action: "revert", sightings: 1, seen_for_ms: 120_000 } as const;
    const decisions = play(
      [9, 9, 8, 8, 8].map((depth) => planWith(lost(depth))),
      patience,
    );
    expect(reasons(decisions)).toEqual([...Array(4).fill("drift_unconfirmed"), "run"]);
    expect(decisions[3]?.held[0]?.message).toMatch(/seen 2 times in a row.*not before 2026-06-01T12:04:00.000Z/);
  });

  test("does not wait for longer where the clock was set back", () => {
    const drift = { action: "revert", sightings: 2, seen_for_ms: 60_000 } as const;
    const later = { address: "queue.lost", difference: hashDifference(lost(9)), count: 1 } as const;
    const decide = (first_at: string, now: string) =>
      decideWhatRuns(situationOf({ plan: planWith(lost(9)), drift, now, sightings: [{ ...later, first_at }] }));
    const back = decide("2026-06-01T15:00:00.000Z", "2026-06-01T12:00:00.000Z");
    expect([back.run, back.sightings[0]?.first_at]).toEqual(["none", "2026-06-01T12:00:00.000Z"]);
  });

  test("that is confirmed and held for another reason is not taken for another one that follows", () => {
    const plans = [lost(9), lost(9), lost(9), lost(8)].map((one) => planWith(one));
    const decisions = play(plans, PATIENT, { freeze: { reason: "x" } });
    expect(decisions.map(({ drift }) => drift.confirmed)).toEqual([[], [], ["queue.lost"], []]);
  });

  test("counts as found where it is reported, and not where it is not looked at", () => {
    const [reported] = play([planWith(lost(9))], { action: "report" });
    expect(reported?.drift).toMatchObject({ addresses: ["queue.lost"], confirmed: ["queue.lost"] });
    const [off] = play([planWith(lost(9))], { action: "off" });
    expect(off?.drift).toMatchObject({ addresses: [], confirmed: [] });
    expect(off?.sightings).toEqual([]);
  });

  test("of a kind that the configuration does not name by its own property follows the general action", () => {
    const kinds = Object.create({ queue: "off" }) as DriftConfig["kinds"];
    expect(reasons(play([planWith(lost(9))], { action: "report", kinds }))).toEqual(["drift_report"]);
  });
});

describe("a change of which nobody knows who caused it", () => {
  const unknown = planWith(change("queue.lost", { origin: "unknown" }));

  test("is a commit's while its revision has not been carried out", () => {
    expect(decideWhatRuns(situationOf({ plan: unknown, appliedRevision: "before" })).run).toBe("all");
  });

  test("is drift that was found before a commit came, as long as it is the same difference", () => {
    const before = decideWhatRuns(situationOf({ plan: unknown, appliedRevision: unknown.revision }));
    const { sightings } = before;
    const holdsOf = (plan: typeof unknown) => {
      const { held } = decideWhatRuns(situationOf({ plan, appliedRevision: "before", sightings }));
      return held.map(({ reason }) => reason);
    };
    expect(holdsOf(unknown)).toEqual(["drift_report"]);
    expect(holdsOf(planWith(change("queue.lost", { origin: "unknown", after: { depth: 3 } })))).toEqual([]);
    expect(holdsOf(planWith(change("queue.lost", { origin: "commit" })))).toEqual([]);
  });

  test("is drift once its revision has been carried out in full", () => {
    const { held } = decideWhatRuns(situationOf({ plan: unknown, appliedRevision: unknown.revision }));
    expect(held.map(({ reason }) => reason)).toEqual(["drift_report"]);
  });
});
