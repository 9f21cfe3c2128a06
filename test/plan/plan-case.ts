import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../src/model/plan/plan.ts";
import { checkSafety, completePlan } from "../../src/plan/check-safety.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import { bringRowsBack } from "../../src/plan/unfinished/put-backs.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { readCase } from "./read-case.ts";

/** The folder of the situations that the planner is held to. */
export const CASES = join(import.meta.dirname, "cases");

/** Their names. */
export const SITUATIONS: readonly string[] = readdirSync(CASES).sort();

/** Plans a case as the commands do, with its own figures of work in flight. */
export function planCase(situation: string): Plan {
  const { input, inFlight } = readCase(join(CASES, situation));
  const computed = routeRuns(computePlan(input), bringRowsBack(input));
  const there = new Set(input.live.queues.map((queue) => queue.name));
  const impact = computed.affected
    .filter(({ queue }) => there.has(queue))
    .map(({ queue, addresses }) => ({ queue, in_flight: inFlight(queue), addresses }));
  return completePlan(computed.body, checkSafety(computed, impact), impact);
}
