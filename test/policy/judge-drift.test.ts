import { describe, expect, test } from "vitest";
import type { DriftConfig } from "../../src/config/daemon-config.ts";
import type { Sighting } from "../../src/model/daemon-records.ts";
import type { Plan } from "../../src/model/plan.ts";
import { decideWhatRuns } from "../../src/policy/decide-what-runs.ts";
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
    const away = { origin: "drift" as const, action_reason: "move" as const, after: { pool: "p", state: "active" } };
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
