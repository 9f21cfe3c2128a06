import type { Desired } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { PlanBody } from "../model/plan/plan.ts";
import type { UnroutedPlan } from "../plan/compute-plan.ts";
import type { RegistrationsAfter } from "../plan/outcome/compute-routing.ts";
import type { LoadedFlyteClusters } from "../plan/routing/describe-label-map.ts";
import { factsOfDesired } from "../plan/routing/facts-of-desired.ts";
import { factsOfLive } from "../plan/routing/facts-of-live.ts";
import type { NameOf } from "../plan/routing/name-of.ts";
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
  /** As the plan has them; left out: all of the manifests is what it comes to. */
  readonly outcome?: Pick<UnroutedPlan, "left_out"> & Partial<Pick<UnroutedPlan, "after">>;
}

/** The inputs of routing, now and after the plan. */
export interface BothFacts {
  readonly live: RoutingFacts;
  readonly desired: RoutingFacts;
  /** What the objects of manifests are called in the control plane, after the plan. */
  readonly nameOf: NameOf;
}

/** Gathers the inputs of routing in both states; both use the same configuration of Flyte's clusters where none was delivered. */
export function gatherFacts({ desired, live, owned, body, outcome }: PlannedTarget): BothFacts {
  const loaded = findLoaded(live, desired);
  const options = optionsOfPlan(body, owned, live.capabilities);
  const left = new Set(outcome?.left_out);
  const wanted = factsOfDesired(desired, live, { ...options, left, flyteClusters: loaded });
  return {
    live: factsOfLive(live, desired.pool_maps, loaded, options.nameOf),
    desired: outcome?.after === undefined ? wanted : placeAsDecided(wanted, outcome.after),
    nameOf: options.nameOf,
  };
}

/** The same with clusters and queues as the plan leaves them: manifests alone do not say what it undoes, leaves alone, or puts back into service. */
function placeAsDecided(facts: RoutingFacts, after: RegistrationsAfter): RoutingFacts {
  const clusterOf = new Map(facts.clusters.map((cluster) => [cluster.name, cluster]));
  const bucketOf = new Map(facts.clusters.map(({ pool, bucket }) => [pool, bucket]));
  const queueOf = new Map(facts.queues.map((queue) => [queue.name, queue]));
  return {
    ...facts,
    clusters: after.clusters.map(({ name, pool, active }) => {
      const known = clusterOf.get(name);
      const isSame = known?.pool === pool;
      return {
        ...{ name, pool, in_service: active, source: known?.source ?? DECIDED },
        healthy: isSame ? known.healthy : null,
        bucket: isSame ? known.bucket : (bucketOf.get(pool) ?? null),
      };
    }),
    queues: after.queues.map((queue) => ({ ...queue, source: queueOf.get(queue.name)?.source ?? DECIDED })),
  };
}

/** The source of what neither a manifest nor a live object names. */
const DECIDED = "the plan";

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
