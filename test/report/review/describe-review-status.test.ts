import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReviewOutcome } from "../../../src/model/reviews/review.ts";
import {
  combineStatuses,
  describeReviewStatus,
  LONGEST_DESCRIPTION,
  type StatusLine,
} from "../../../src/report/review/describe-review-status.ts";
import { renderAnnotations } from "../../../src/report/review/render-annotations.ts";
import { readPlan } from "../read-plan.ts";
import { makeReview, planned, REVIEWS } from "./build-reviews.ts";
import { cycleHostile, spoilReviews } from "./spoil-review.ts";

const PLAN = readPlan("2026-07-cluster-changes-pool-while-work-runs");
const fine = (description: string): StatusLine => ({ state: "success", description });

/** The statuses of a review that is kept, each on a line. */
function statusOf(name: string): readonly string[] {
  const review = REVIEWS[name];
  if (review === undefined) throw new Error(`There is no review ${name}`);
  return Object.entries(describeReviewStatus(review)).map(
    ([context, line]) => `${context} ${line.state}: ${line.description}`,
  );
}

describe("the statuses of a request", () => {
  test.each([
    [
      "planned-replacement",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply success: applied after the merge",
    ],
    ["planned-nothing", "plan success: no changes", "apply success: nothing to apply"],
    [
      "planned-blocked",
      "plan failure: blocked by max-disruption-share",
      "apply failure: blocked by max-disruption-share",
    ],
    [
      "planned-overlaps",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply pending: waits for request 12",
    ],
    [
      "approval-by-merge",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply success: applied after the merge",
    ],
    [
      "approval-needed",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply pending: needs `poolkeeper approve d0ab8efd4fac2659d605b5c5851bba99`",
    ],
    [
      "approval-given",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply success: approved by mira, applied after the merge",
    ],
    [
      "unconcerned",
      "plan success: no manifest of production changes",
      "apply success: no manifest of production changes",
    ],
    ["invalid", "plan failure: 2 errors in manifests", "apply failure: 2 errors in manifests"],
    ["conflict", "plan failure: conflicts with the base branch", "apply failure: conflicts with the base branch"],
    ["skipped-fork", "plan pending: not planned: comes from a fork", "apply pending: not planned: comes from a fork"],
    ["skipped-draft", "plan pending: not planned: is a draft", "apply pending: not planned: is a draft"],
    [
      "skipped-fork-passes",
      "plan success: not planned: comes from a fork",
      "apply success: an approval is needed after the merge",
    ],
    ["outcome-closed", "plan pending: closed without a merge", "apply pending: closed without a merge"],
    ["outcome-retargeted", "plan pending: goes to release/2.x now", "apply pending: goes to release/2.x now"],
    [
      "outcome-merged",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply pending: merged, to be applied next",
    ],
    [
      "outcome-held",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply pending: needs `poolkeeper approve 3b1f0c9a7d5264e8f1a2b3c4d5e6f708`",
    ],
    [
      "outcome-held-until-comments",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply pending: its approval is handed on once comments are read",
    ],
    [
      "outcome-applied",
      "plan success: 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99",
      "apply success: applied in revision 41d0e8a97b6c",
    ],
  ])("%s: %s; %s", (name, plan, apply) => {
    expect(statusOf(name)).toEqual([plan, apply]);
  });

  test("a plan that could not be made, and an apply that failed, say why", () => {
    expect(statusOf("failed")[0]).toMatch(/^plan error: could not be planned: The control plane at/);
    expect(statusOf("outcome-failed")[1]).toMatch(/^apply failure: register cluster edge-gpu/);
  });

  test("are pending for nothing but an approval, another request, work after the merge, or what was not planned", () => {
    const pending = Object.keys(REVIEWS).filter((name) => statusOf(name).some((line) => line.includes(" pending: ")));
    expect(pending.sort()).toEqual([
      "approval-by-nobody",
      "approval-by-others-than-several",
      "approval-by-some",
      "approval-needed",
      "approval-of-an-unknown-author",
      "from-ci-fork",
      "outcome-closed",
      "outcome-held",
      "outcome-held-as-reviewed",
      "outcome-held-out-of-service",
      "outcome-held-until-comments",
      "outcome-merged",
      "outcome-retargeted",
      "outcome-waiting",
      "planned-overlaps",
      "skipped-draft",
      "skipped-fork",
      "skipped-label",
    ]);
  });

  test("fit, on one line, whatever they are made of", () => {
    for (let start = 0; start < 24; start += 1) {
      for (const review of spoilReviews(cycleHostile(start))) {
        const { plan, apply } = describeReviewStatus(review);
        for (const { description } of [
          plan,
          apply,
          combineStatuses([
            { target: review.target, status: plan },
            { target: "b", status: apply },
          ]),
        ]) {
          expect(description.length).toBeLessThanOrEqual(LONGEST_DESCRIPTION);
          expect(description).not.toMatch(/[\p{Cc}\p{Cf}]|hunter2secret/u);
        }
      }
    }
  });
});

describe("several targets", () => {
  const blocked: StatusLine = { state: "failure", description: "blocked by black-hole" };

  test("the worst counts, is named, and the others are counted", () => {
    const [a, b, c] = [fine("2 to add"), blocked, fine("no changes")];
    const statuses = [
      { target: "development", status: a },
      { target: "staging", status: b },
      { target: "production", status: c },
    ];
    expect(combineStatuses(statuses)).toEqual({
      state: "failure",
      description: "staging: blocked by black-hole; 2 others fine",
    });
    expect(combineStatuses([...statuses, { target: "lab", status: { state: "error", description: "down" } }])).toEqual({
      state: "error",
      description: "lab: down; 1 other failed, 2 fine",
    });
  });

  test("where all are fine, each is told as far as there is room", () => {
    const told = ["a", "b"].map((target) => ({ target, status: fine("2 to add") }));
    expect(combineStatuses(told)).toEqual(fine("a: 2 to add; b: 2 to add"));
    const many = Array.from({ length: 40 }, (_, index) => ({ target: `t${index}`, status: fine("2 to add") }));
    expect(combineStatuses(many)).toEqual(fine("t0: 2 to add; 39 others fine"));
    expect(combineStatuses(told.slice(0, 1))).toEqual(fine("2 to add"));
  });

  test("one that is worse never hides behind one that is better, in any order", () => {
    const order = ["error", "failure", "pending", "success"] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...order), { minLength: 1 }), (states) => {
        const statuses = states.map((state) => ({ target: "t", status: { state, description: state } }));
        return combineStatuses(statuses).state === order.find((state) => states.includes(state));
      }),
    );
  });

  test("those that have not looked yet are waited for: nothing is a success beside them, and what is worse stays worse", () => {
    const good = { target: "a", status: fine("2 to add") };
    expect(combineStatuses([good], ["b", "c"])).toEqual({ state: "pending", description: "waiting for: b, c" });
    expect(combineStatuses([], ["b"])).toEqual({ state: "pending", description: "waiting for: b" });
    expect(combineStatuses([good, { target: "d", status: blocked }], ["b"])).toEqual({
      state: "failure",
      description: "d: blocked by black-hole; 1 other pending, 1 fine",
    });
    const order = ["error", "failure", "pending", "success"] as const;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...order)),
        fc.array(fc.constantFrom("x", "y"), { minLength: 1 }),
        (states, awaited) => {
          const statuses = states.map((state) => ({ target: "t", status: { state, description: state } }));
          return combineStatuses(statuses, awaited).state !== "success";
        },
      ),
    );
  });

  test("a command is whole however long its target's name is and however many others there are", () => {
    const command = `needs \`poolkeeper approve ${"0123456789abcdef".repeat(2)}\``;
    const others = fc.array(fc.constantFrom<StatusLine["state"]>("pending", "success"), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 63 }), others, (length, states) => {
        const worst = { target: "t".repeat(length), status: { state: "pending" as const, description: command } };
        const rest = states.map((state, index) => ({ target: `o${index}`, status: { state, description: "x" } }));
        const { description } = combineStatuses([worst, ...rest]);
        expect(description).toContain(command);
        expect(description.startsWith("t")).toBe(true);
        expect(description.length).toBeLessThanOrEqual(LONGEST_DESCRIPTION);
      }),
    );
  });

  test("a digest that has no room is left out as a whole", () => {
    const digest = "0123456789abcdef".repeat(2);
    for (let length = 1; length < 200; length += 1) {
      const status = { state: "pending" as const, description: `${"w ".repeat(length)}digest ${digest}` };
      const { description } = combineStatuses([
        { target: "prod", status },
        { target: "dev", status: fine("x") },
      ]);
      expect(description.includes(digest) || !description.includes("0123")).toBe(true);
    }
  });

  test("an apply that waits says that before it says that others are fine", () => {
    const held: ReviewOutcome = { kind: "held", by: null, digest: PLAN.digest, reviewed: true };
    const { apply } = describeReviewStatus(makeReview(planned(PLAN), { outcome: held }));
    expect(
      combineStatuses([
        { target: "a", status: fine("applied") },
        { target: "b", status: apply },
      ]).description,
    ).toBe("b: needs `poolkeeper approve d0ab8efd4fac2659d605b5c5851bba99`; 1 other fine");
  });
});

describe("annotations", () => {
  test("stand at the places of diagnostics, errors first, and only where manifests are invalid", () => {
    const annotations = renderAnnotations(REVIEWS.invalid ?? makeReview({ kind: "unconcerned" }));
    expect(annotations.map(({ path, line, level }) => `${path}:${line} ${level}`)).toEqual([
      "queues/batch.yaml:2 failure",
      "queues/train.yaml:7 failure",
      "flyte-clusters/values-override.yaml:14 warning",
    ]);
    expect(annotations[0]).toMatchObject({
      title: "unknown-reference",
      message: 'No pool "prd" in the folder; did you mean "prod"?\nWrite "prod", or add a ClusterPool manifest.',
    });
    expect(renderAnnotations(makeReview(planned(PLAN)))).toEqual([]);
  });
});
