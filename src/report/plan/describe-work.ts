import type { Impact } from "../../model/plan/plan.ts";
import { countNoun } from "../../model/text/count-noun.ts";

/** How much work a queue has, in words. */
export interface WorkDescription {
  readonly queue: string;
  readonly work: string;
}

/** The queues that have work, or may have; idle ones are left out. */
export function describeWork(impact: readonly Impact[]): readonly WorkDescription[] {
  return impact.flatMap(({ queue, in_flight }) => {
    if (in_flight === null) return [{ queue, work: "not known" }];
    const { runs_in_flight: runs, actions_in_flight: actions, current_depth: depth } = in_flight;
    if (runs + actions + depth === 0) return [];
    return [{ queue, work: `${countNoun(runs, "run")}, ${countNoun(actions, "action")} in flight, ${depth} waiting` }];
  });
}
