import { expect, test } from "vitest";
import { findHarsh } from "../../../src/daemon/web/page/sort-changes.ts";
import { classifyChanges } from "../../../src/model/plan/classify-changes.ts";
import { renderPlanText } from "../../../src/report/plan/render-plan-text.ts";
import { sortEffects } from "../../../src/report/plan/sort-effects.ts";
import { PLAIN } from "../../../src/report/text/paint.ts";
import { planCase, SITUATIONS } from "../../plan/plan-case.ts";

/** What a comment shows as disruptive; no part of the plan has a cause of its own here. */
function findInComment(plan: Parameters<typeof sortEffects>[0]): readonly string[] {
  return sortEffects(plan, { request: [], both: [], drift: [], earlier: [] })
    .other.filter(({ disruption }) => disruption !== "none")
    .map(({ address }) => address);
}

test("plan, approval, comment, page and short text agree on what is disruptive, in every planned case", () => {
  for (const situation of SITUATIONS) {
    const plan = planCase(situation);
    expect([situation, plan.effects]).toEqual([situation, classifyChanges(plan)]);
    const disruptive = plan.effects.filter(({ disruption }) => disruption !== "none").map(({ address }) => address);
    const approved = plan.effects.filter(({ grade }) => grade === "all").map(({ address }) => address);
    expect([situation, approved]).toEqual([situation, disruptive]);
    expect([situation, [...new Set(findInComment(plan))].sort()]).toEqual([situation, disruptive.toSorted()]);
    expect([situation, [...findHarsh(plan)]]).toEqual([situation, disruptive]);
    // What is shown in full has a headline of its own.
    const short = String(renderPlanText(plan, PLAIN, { concise: true }));
    const changed = new Set<string>(plan.changes.map(({ address }) => address));
    const headed = disruptive.filter((address) => changed.has(address) && !short.includes(`\n  # ${address} `));
    expect([situation, headed]).toEqual([situation, []]);
  }
});
