import type { Address } from "../model/address.ts";
import type { Desired } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { PlanBody } from "../model/plan/plan.ts";
import type { LoadedFlyteClusters } from "../plan/routing/describe-label-map.ts";
import { factsOfDesired } from "../plan/routing/facts-of-desired.ts";
import { factsOfLive } from "../plan/routing/facts-of-live.ts";
import { type NamedObject, optionsOfPlan } from "../plan/routing/options-of-plan.ts";
import type { RoutingFacts } from "../plan/routing/routing-facts.ts";
import { readDelivered } from "./read-delivered.ts";

/** What a plan is about, as far as routing goes. */
export interface PlannedTarget {
  readonly desired: Desired;
  readonly live: LiveState;
  /** Of what is owned, at least that which has another name than its manifest says. */
  readonly owned: readonly NamedObject[];
  readonly body: Pick<PlanBody, "changes" | "steps" | "ownership">;
  /** As `ComputedPlan.left_out`; left out: the plan is whole. */
  readonly left_out?: readonly Address[];
}

/** The inputs of routing, now and after the plan. */
export interface BothFacts {
  readonly live: RoutingFacts;
  readonly desired: RoutingFacts;
}

/** Gathers the inputs of routing in both states; both use the same configuration of Flyte's clusters where none was delivered. */
export function gatherFacts({ desired, live, owned, body, left_out = [] }: PlannedTarget): BothFacts {
  const loaded = findLoaded(live, desired);
  const options = optionsOfPlan(body, owned, live.capabilities);
  return {
    live: factsOfLive(live, desired.pool_maps, loaded, options.nameOf),
    desired: factsOfDesired(desired, live, { ...options, left: new Set(left_out), flyteClusters: loaded }),
  };
}

/** No server reports which clusters flyteadmin has loaded: the delivered files count, and without a delivery the manifest. */
export function findLoaded(live: LiveState, { flyte_clusters }: Desired): LoadedFlyteClusters | null {
  const [first, ...others] = flyte_clusters;
  if (live.systems.delivery === "absent") {
    if (first === undefined || others.length > 0) return null;
    return { value: first.value, source: `${first.source.file}:${first.source.line}` };
  }
  const found = readDelivered(live);
  return found.length === 1 ? (found[0] ?? null) : null;
}
