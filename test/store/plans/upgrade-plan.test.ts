import { expect, test } from "vitest";
import { nameAction, type Plan } from "../../../src/model/plan/plan.ts";
import { isStoredPlan } from "../../../src/store/plans/stored-plan-shape.ts";
import { upgradePlan } from "../../../src/store/plans/upgrade-plan.ts";
import { planCase, SITUATIONS } from "../../plan/plan-case.ts";

const REASONS = {
  create: "absent",
  restore: "restore",
  update: "differs",
  move: "move",
  delete: "delete_because_no_manifest",
  adopt: "adopt",
  forget: "forget",
  keep: "cannot_delete",
} as const;

function nameReason({ action, action_reason }: Plan["changes"][number]): string {
  if (action === "replace")
    return action_reason === "by_request" ? "replace_by_request" : "replace_because_cannot_update";
  if (action === "put_back") return action_reason === "displaced" ? "put_back" : "take_back";
  return REASONS[action];
}

/** A plan as the releases before wrote it into the store. */
function formerly({ effects: _effects, ...plan }: Plan) {
  return {
    ...plan,
    format_version: "2.1" as const,
    changes: plan.changes.map(({ action, ...change }) => ({
      ...change,
      actions: nameAction({ action, before: change.before }),
      action_reason: nameReason({ action, ...change }),
    })),
    // A put-back had no phase.
    steps: plan.steps.map(({ phase, ...step }) =>
      phase === "put-back" ? { ...step, id: step.id.replace("/put-back", "") } : step,
    ),
  };
}

test("a plan that a release before kept is read in today's format, in every planned case", () => {
  for (const situation of SITUATIONS) {
    const plan = planCase(situation);
    const former: unknown = JSON.parse(JSON.stringify(formerly(plan)));
    const upgraded = isStoredPlan(former) ? upgradePlan(former) : undefined;
    // The steps of put-backs had shorter names.
    const named = plan.steps.map((step) => ({
      ...step,
      id: step.id.replace("/put-back", ""),
      after: step.after.map((id) => id.replace("/put-back", "")),
    }));
    // Two reasons to put something back had one name.
    const changes = plan.changes.map((change) =>
      change.action_reason === "interrupted" ? { ...change, action_reason: "refused" as const } : change,
    );
    const after = upgraded?.steps.map((step) => ({
      ...step,
      after: step.after.map((id) => id.replace("/put-back", "")),
    }));
    expect([situation, { ...upgraded, steps: after }]).toEqual([
      situation,
      JSON.parse(JSON.stringify({ ...plan, changes, steps: named })),
    ]);
  }
});

test("a plan of a release before is checked as well; of a format that is not read, any object is a plan", () => {
  const [situation = ""] = SITUATIONS;
  const former = JSON.parse(JSON.stringify(formerly(planCase(situation))));
  for (const field of Object.keys(former).filter((name) => name !== "format_version")) {
    expect([field, isStoredPlan({ ...former, [field]: 1 })]).toEqual([field, false]);
  }
  expect([isStoredPlan({ format_version: "9.0", changes: 1 }), isStoredPlan([])]).toEqual([true, false]);
});
