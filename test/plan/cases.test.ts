import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderPlanForCi } from "../../src/report/plan/render-plan-for-ci.ts";
import { renderPlanText } from "../../src/report/plan/render-plan-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { OF_THE_FORMAT } from "./cases-of-the-format.ts";
import { formatJson } from "./format-json.ts";
import { formatPlan } from "./format-plan.ts";
import { CASES, planCase, SITUATIONS } from "./plan-case.ts";

/** Cases whose comment is held too. */
const IN_MARKDOWN = [
  "2026-07-cluster-changes-pool-while-work-runs",
  "2026-11-changes-from-outside-tell-who-made-them",
  "2026-11-default-queue-of-settings-is-that-of-a-moved-cluster",
  "2026-11-limits-of-a-co-named-queue-change",
  "2026-11-nothing-differs-and-nothing-is-planned",
  "2026-11-too-much-is-disrupted-at-once-and-it-is-blocked",
];

/** The digest at the end of a shown plan follows from the rest. */
const DIGEST = /^digest [0-9a-f]{32}$/m;

describe("a plan is what was read and agreed to", () => {
  test.each(SITUATIONS)("%s", async (situation) => {
    const golden = (name: string) => join(CASES, situation, name);
    const plan = planCase(situation);
    const shown = String(renderPlanText(plan, PLAIN)).replace(DIGEST, "digest <of the plan>");
    await expect(`${shown}\n--- plan\n${formatPlan(plan, shown)}`).toMatchFileSnapshot(golden("plan.txt"));
  });

  test.each(OF_THE_FORMAT)("and its file holds %s", async (situation) => {
    await expect(`${formatJson(planCase(situation))}\n`).toMatchFileSnapshot(join(CASES, situation, "plan.json"));
  });

  test.each(IN_MARKDOWN)("and its comment shows %s", async (situation) => {
    await expect(renderPlanForCi(planCase(situation))).toMatchFileSnapshot(join(CASES, situation, "plan.md"));
  });
});
