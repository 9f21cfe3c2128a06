import { describe, expect, test } from "vitest";
import { summariseRun } from "../../../src/apply/summarise-run.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { renderApplyText } from "../../../src/report/runs/render-apply-text.ts";
import { PLAIN } from "../../../src/report/text/paint.ts";
import { endSteps, readPlan } from "../read-plan.ts";

/** The text of a run in which the waits outlasted their time, and what follows them was skipped. */
function renderWaiting(plan: Plan): string {
  const late = new Set<string>();
  for (const { id, after, until } of plan.steps) {
    if (until === "idle" || until === "drained" || after.some((before) => late.has(before))) late.add(id);
  }
  const results = endSteps(plan, (id) => {
    if (!late.has(id)) return "applied";
    return plan.steps.find((step) => step.id === id)?.op === "await" ? "waiting" : "skipped";
  });
  return String(renderApplyText(summariseRun(plan, results), plan, PLAIN));
}

describe("the text of an apply that waits", () => {
  test("names the queues left written out, and what they send work to", () => {
    const text = renderWaiting(readPlan("2026-07-cluster-changes-pool-while-work-runs"));
    expect(text).toContain("Left written out:\n  queue.any (sends work to core, not *, until the apply is run again)");
    expect(text).toContain("Apply incomplete.");
  });

  test("names what an earlier run left written out and this one could not set back", () => {
    const plan = readPlan("2026-07-interrupted-run-goes-on-with-a-queue-already-written-out");
    expect(plan.steps.filter(({ id }) => id.endsWith("/write-out"))).toEqual([]);
    expect(renderWaiting(plan)).toMatch(/Left written out:\n {2}queue\.\S+ \(sends work to .*, not \*, until/);
  });

  test("names what is left drained", () => {
    const text = renderWaiting(readPlan("2026-11-cluster-changes-pool-while-work-runs"));
    expect(text).toContain("Left drained:\n  cluster.edge (it takes no work until the apply is run again)");
  });
});

test("an apply that was carried out leaves nothing to name", () => {
  for (const situation of [
    "2026-07-cluster-changes-pool-while-work-runs",
    "2026-11-cluster-changes-pool-while-work-runs",
  ]) {
    const plan = readPlan(situation);
    const report = summariseRun(
      plan,
      endSteps(plan, () => "applied"),
    );
    expect(String(renderApplyText(report, plan, PLAIN))).toMatch(/^Apply complete! .*\n$/);
  }
});
