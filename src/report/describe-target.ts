import type { PlanTarget } from "../model/plan.ts";

/** What a plan is for: the Union control plane, else flyteadmin, with what tells it apart. */
export function describeTarget({ endpoint, org, generation, flyteadmin }: PlanTarget): {
  readonly endpoint: string;
  readonly traits: readonly string[];
} {
  if (org === "") return { endpoint, traits: ["flyteadmin"] };
  const other = flyteadmin === undefined || flyteadmin === endpoint ? [] : [`flyteadmin ${flyteadmin}`];
  return { endpoint, traits: [`org ${org}`, `generation ${generation}`, ...other] };
}
