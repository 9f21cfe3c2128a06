import type { Notice } from "../model/plan.ts";
import type { FullRoute, RoutingFacts } from "./compute-routing.ts";
import type { Finding } from "./finding.ts";
import { isLive } from "./index-world.ts";

/**
 * Declared or referred-to queues that would route nowhere. Queue `default` always counts as referred to, but where it routed
 * nowhere before and no manifest names it, that is a warning: a team without default clusters has it so from the start.
 */
export function findBlackHoles(routes: readonly FullRoute[], facts: RoutingFacts): readonly Finding[] {
  const declared = new Map<string, string>(facts.queues.map((queue) => [queue.physical, queue.desired.address]));
  for (const cluster of facts.clusters) declared.set(cluster.physical, cluster.desired.address);
  const findings: Finding[] = [];
  for (const route of routes) {
    if (route.after === null) continue;
    const address = declared.get(route.queue);
    if (address === undefined && route.queue !== "default") continue;
    if (route.after.length === 0) findings.push(blackHole(route, address));
    else if (address !== undefined) findings.push(...findUnhealthy(route, address, facts));
  }
  return findings;
}

function blackHole(route: FullRoute, address: string | undefined): Finding {
  const fails = address !== undefined || (route.before ?? []).length > 0;
  return {
    check: "black-hole",
    status: fails ? "fail" : "warn",
    message: `Queue ${route.queue} would route nowhere: pool ${route.pool} would have no cluster that its selector names. Put a cluster into the pool, or point the queue elsewhere.`,
    addresses: [address ?? `queue.${route.queue}`],
  };
}

/** Health stands beside the check: a queue whose every cluster is unhealthy or drained is a warning. */
function findUnhealthy(route: FullRoute, address: string, { world, clusters }: RoutingFacts): readonly Finding[] {
  const draining = new Set(
    clusters.filter((entry) => entry.desired.state === "drained").map((entry) => entry.physical),
  );
  const reasons = (route.after ?? []).map((name) => {
    const cluster = world.clusters.get(name);
    if (draining.has(name) && world.capabilities.cluster_state) return `${name} is drained`;
    if (cluster === undefined || !isLive(cluster)) return null;
    if (!cluster.enabled) return `${name} is disabled`;
    if (cluster.health !== "unhealthy") return null;
    return `${name} is unhealthy${cluster.unhealthy_reasons.length > 0 ? ` (${cluster.unhealthy_reasons.join("; ")})` : ""}`;
  });
  if (reasons.some((reason) => reason === null)) return [];
  const message = `Queue ${route.queue} has no cluster that takes work now: ${reasons.join(", ")}.`;
  return [{ check: "black-hole", status: "warn", message, addresses: [address] }];
}

/** Queues that no manifest governs and that are left with an empty selector, told so that nobody sends work to them. */
export function noteLeftBehind(routes: readonly FullRoute[], facts: RoutingFacts): readonly Notice[] {
  const governed = new Set([...facts.queues, ...facts.clusters].map((entry) => entry.physical));
  const successors = new Map<string, { physical: string; address: string }>();
  for (const { desired, physical, predecessors, verb } of [...facts.clusters, ...facts.queues]) {
    if (verb !== "replace") continue;
    for (const old of predecessors) successors.set(old.name, { physical, address: desired.address });
  }
  const notices: Notice[] = [];
  for (const route of routes) {
    const successor = successors.get(route.queue);
    const emptied = (route.before ?? []).length > 0 && route.after?.length === 0 && route.queue !== "default";
    if (governed.has(route.queue) || route.after === null || !(emptied || successor !== undefined)) continue;
    const instead = successor === undefined ? "" : ` Send work to queue ${successor.physical} instead.`;
    const fate = route.after.length === 0 ? "stays behind and routes nowhere" : "stays behind";
    notices.push({
      code: "queue-left-behind",
      message: `Queue ${route.queue} ${fate}: it is bound to pool ${route.pool} for ever and can't be deleted on this control plane.${instead}`,
      addresses: [successor?.address ?? `queue.${route.queue}`],
    });
  }
  return notices;
}
