import { describe, expect, test } from "vitest";
import { describeGroupStatus, type GroupFacts } from "../../../src/report/review/describe-group-status.ts";
import { readPlan } from "../read-plan.ts";

const PLAN = readPlan("2026-07-cluster-changes-pool-while-work-runs");
const FACTS: GroupFacts = {
  target: "prod",
  verdict: { kind: "planned", plan: PLAN, parts: { request: [], drift: [], both: [] }, overlaps: [] },
  ...{ unproven: null, members: [], isGivenUp: false },
};
const FAILED = { kind: "failed", code: "connection_refused", message: "nobody answers" } as const;

function statusOf(facts: Partial<GroupFacts>): readonly string[] {
  const { plan, apply } = describeGroupStatus({ ...FACTS, ...facts });
  return [plan, apply].map(({ state, description }) => `${state}: ${description.replace(/, digest .*/, "")}`);
}

describe("the statuses of a merge group", () => {
  test("are a success where it is planned and made of reviewed requests", () => {
    expect(statusOf({})).toEqual([expect.stringMatching(/^success: .*to change/), "success: applied after the merge"]);
  });

  test("fail at once where a request in it is known not to be planned, whatever its plan says", () => {
    const unproven = { number: 7, reason: "fork" } as const;
    const told = "failure: request 7 was not planned: comes from a fork";
    expect(statusOf({ unproven })).toEqual([told, told]);
    expect(statusOf({ unproven, verdict: FAILED })).toEqual([told, told]);
  });

  test.each<[string, Partial<GroupFacts>, string, string]>([
    [
      "can't be planned",
      { verdict: FAILED },
      "pending: not planned yet: nobody answers",
      "error: could not be planned: nobody answers",
    ],
    [
      "has what no plan accounts for",
      { unproven: { number: 7, reason: null } },
      "pending: waits for the plan of request 7",
      "failure: no plan was shown for its part of request 7",
    ],
  ])("are pending where it %s, and fail when that was waited for long enough", (_, facts, before, after) => {
    expect(statusOf(facts)).toEqual([before, before]);
    expect(statusOf({ ...facts, isGivenUp: true })).toEqual([after, after]);
  });

  test("fail for a plan that is wrong before they wait for a review", () => {
    const unproven = { number: 7, reason: null };
    expect(statusOf({ unproven, verdict: { kind: "conflict", files: [] } })[0]).toBe(
      "failure: conflicts with the base branch",
    );
  });

  test("let the apply wait for the request that waits", () => {
    const members = [
      { number: 6, apply: { state: "success", description: "applied after the merge" } as const },
      { number: 7, apply: { state: "pending", description: "waits for request 3" } as const },
    ];
    const [plan, apply] = statusOf({ members });
    expect(plan).toMatch(/^success/);
    expect(apply).toBe("pending: request 7: waits for request 3");
  });
});
