import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { checkSafety, completePlan } from "../../src/plan/check-safety.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import { bringRowsBack } from "../../src/plan/put-backs.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { PLAIN } from "../../src/report/paint.ts";
import { renderPlanMarkdown } from "../../src/report/render-plan-markdown.ts";
import { renderPlanText } from "../../src/report/render-plan-text.ts";
import { formatJson } from "./format-json.ts";
import { readCase } from "./read-case.ts";

const CASES = join(import.meta.dirname, "cases");

/** Plans a case as the commands do, with its own figures of work in flight. */
function planCase(folder: string): Plan {
  const { input, inFlight } = readCase(folder);
  const computed = routeRuns(computePlan(input), bringRowsBack(input));
  const there = new Set(input.live.queues.map((queue) => queue.name));
  const impact = computed.affected
    .filter(({ queue }) => there.has(queue))
    .map(({ queue, addresses }) => ({ queue, in_flight: inFlight(queue), addresses }));
  return completePlan(computed.body, checkSafety(computed, impact), impact);
}

describe("a plan is what was read and agreed to", () => {
  test.each(readdirSync(CASES).sort())("%s", async (situation) => {
    const folder = join(CASES, situation);
    const plan = planCase(folder);
    await expect(String(renderPlanText(plan, PLAIN))).toMatchFileSnapshot(join(folder, "plan.txt"));
    await expect(`${formatJson(plan)}\n`).toMatchFileSnapshot(join(folder, "plan.json"));
    const markdown = join(folder, "plan.md");
    if (existsSync(markdown)) await expect(renderPlanMarkdown(plan)).toMatchFileSnapshot(markdown);
  });
});
