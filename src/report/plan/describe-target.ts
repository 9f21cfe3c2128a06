import type { PlanTarget } from "../../model/plan/plan.ts";

/** The target of a plan: the Union control plane, else flyteadmin, with its distinguishing traits. */
export function describeTarget({ endpoint, org, generation, flyteadmin }: PlanTarget): {
  readonly endpoint: string;
  readonly traits: readonly string[];
} {
  if (org === "") return { endpoint, traits: ["flyteadmin"] };
  const other = flyteadmin === undefined || flyteadmin === endpoint ? [] : [`flyteadmin ${flyteadmin}`];
  return { endpoint, traits: [`org ${org}`, `generation ${generation}`, ...other] };
}
