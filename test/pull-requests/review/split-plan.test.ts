import { expect, test } from "vitest";
import type { Change, Plan } from "../../../src/model/plan/plan.ts";
import { splitPlan } from "../../../src/pull-requests/review/split-plan.ts";

function change(address: string, limit: number, more: Partial<Change> = {}): Change {
  return {
    ...{ address, physical_name: address, previous_physical_name: null, action: "update", replace_paths: [] },
    ...{ before: { limit: 1 }, after: { limit }, action_reason: "manifest_changed", origin: "manifest", ...more },
  } as Change;
}

function plan(...changes: readonly Change[]): Plan {
  return { changes } as unknown as Plan;
}

const isDrift = ({ origin }: Change) => origin === "drift";

test("what only the merge changes is the request's, what differs without it is drift or was merged before, and what differs otherwise is both", () => {
  const base = plan(
    change("queue.drifted", 2, { origin: "drift" }),
    change("queue.merged", 2, { origin: "unknown" }),
    change("queue.both", 2),
    change("queue.gone", 2),
  );
  const merged = plan(
    change("queue.drifted", 2),
    change("queue.merged", 2),
    change("queue.both", 3),
    change("queue.own", 4),
  );
  expect(splitPlan(base, merged, isDrift)).toEqual({
    request: ["queue.own"],
    drift: ["queue.drifted"],
    earlier: ["queue.merged"],
    both: ["queue.both"],
  });
});

test("who changed what is live, and when, makes no other change of it", () => {
  const base = plan(
    change("queue.q", 2, { origin: "drift", changed_by: "somebody", changed_at: "2026-01-01T00:00:00Z" }),
  );
  const merged = plan(change("queue.q", 2, { origin: "both" }));
  expect(splitPlan(base, merged, isDrift).drift).toEqual(["queue.q"]);
});
