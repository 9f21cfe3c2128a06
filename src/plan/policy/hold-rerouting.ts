import { type Address, parseAddress } from "../../model/address.ts";
import type { Change, Plan, Route } from "../../model/plan/plan.ts";
import type { Decision } from "./decide-what-runs.ts";
import { holdDependents } from "./hold-dependents.ts";

/** A plan, the part of it that may run, and the addresses at which the rollout has begun and not finished something. */
interface Parts {
  readonly whole: Pick<Plan, "routing">;
  readonly part: Pick<Plan, "routing" | "steps" | "notices">;
  readonly begun: ReadonlySet<string>;
}

/**
 * The same decision where an approved queue would, beside what is held, send work to a cluster to which the whole plan does not: to one that
 * was shown to leave, in place of one that was shown to come. The queue waits with it then, and so does all that comes after the
 * queue. Null: there is no such queue.
 */
export function holdRerouting(decision: Decision, { whole, part, begun }: Parts): Decision | null {
  return holdQueues(decision, findRerouted(whole, part), { plan: part, begun });
}

/**
 * What {@link holdRerouting} comes to, before the part is planned: its queues are those that reach a cluster whose leaving is held, and which
 * they have neither before nor after the plan.
 */
export function foreseeRerouting(
  decision: Decision,
  { plan, begun }: { readonly plan: Plan; readonly begun: ReadonlySet<string> },
): Decision {
  if (decision.run !== "part") return decision;
  const held = new Set(decision.held.map(({ address }) => address));
  const steps = plan.steps.filter(({ address }) => !held.has(address));
  const less = holdQueues(decision, findReaching(plan, held), { plan: { ...plan, steps }, begun });
  return less === null ? decision : foreseeRerouting(less, { plan, begun });
}

/** Has the approved ones among the addresses of rerouted queues wait; null: there is none. */
function holdQueues(
  decision: Decision,
  rerouted: readonly Address[],
  { plan, begun }: { readonly plan: Pick<Plan, "steps" | "notices">; readonly begun: ReadonlySet<string> },
): Decision | null {
  const { held, drift } = decision;
  const cause = held.find(({ address }) => address.startsWith("cluster.")) ?? held[0];
  if (cause === undefined) return null;
  const mayWait = new Set(decision.approved.filter((one) => !begun.has(one) && !drift.addresses.includes(one)));
  const queues = rerouted.filter((address) => mayWait.has(address));
  if (queues.length === 0) return null;
  const message = `It would send work where the approved plan does not, as long as ${cause.address} is held.`;
  const { reason, ends } = cause;
  const hold = { reason, message, ...(ends === undefined ? {} : { ends }) };
  const waiting = holdDependents(plan, new Map(queues.map((address) => [address, hold] as const)), begun);
  const approved = decision.approved.filter((address) => !waiting.has(address));
  const isLeft = plan.steps.some(({ address }) => !waiting.has(address));
  return {
    ...decision,
    run: isLeft ? "part" : "none",
    exclude: isLeft ? [...decision.exclude, ...waiting.keys()] : [],
    leave: isLeft ? decision.leave : [],
    allow: approved.length > 0 ? decision.allow : [],
    held: [...held, ...[...waiting].map(([address, its]) => ({ address, ...its }))],
    approval: approved.length > 0 || decision.approval?.rollout === "goes_on" ? decision.approval : null,
    approved,
  };
}

/** Addresses of the queues that a part writes to, and to which a cluster comes that they have neither before nor after the whole plan. */
function findRerouted({ routing }: Parts["whole"], part: Parts["part"]): readonly Address[] {
  const shown = indexRoutes(routing);
  return part.routing.flatMap((route) => {
    if ("system" in route) return [];
    const known = new Set([...(route.before ?? []), ...listKnown(shown.get(route.queue))]);
    if ((route.after ?? []).every((name) => known.has(name))) return [];
    const writes = part.steps.filter(({ kind, physical_name }) => kind === "queue" && physical_name === route.queue);
    return [...new Set(writes.map(({ address }) => address))];
  });
}

/** Addresses of the queues that reach, once they are changed, a cluster that stays as its change is held, and that is shown to be none of theirs. */
function findReaching({ changes, routing }: Plan, held: ReadonlySet<Address>): readonly Address[] {
  const staying = changes.filter((change) => held.has(change.address) && isServing(change));
  const shown = indexRoutes(routing);
  return changes.flatMap(({ address, physical_name, after }) => {
    if (held.has(address) || parseAddress(address)?.kind !== "queue" || after === null) return [];
    const { cluster_pool, clusters, state } = after;
    if (cluster_pool === undefined || !Array.isArray(clusters) || state === "drained") return [];
    const known = new Set(listKnown(shown.get(physical_name)));
    const isReached = ({ before, physical_name, previous_physical_name }: Change) => {
      const name = previous_physical_name ?? physical_name;
      const isNamed = clusters.includes("*") || clusters.includes(name);
      return before?.pool === cluster_pool && isNamed && !known.has(name);
    };
    return staying.some(isReached) ? [address] : [];
  });
}

/** Whether a change is of a cluster that is in service. */
function isServing({ address, before }: Change): boolean {
  return parseAddress(address)?.kind === "cluster" && before !== null && before.state !== "drained";
}

function indexRoutes(routing: Plan["routing"]): ReadonlyMap<string, Route> {
  return new Map(routing.flatMap((route) => ("system" in route ? [] : [[route.queue, route] as const])));
}

function listKnown(route: Route | undefined): readonly string[] {
  return [...(route?.before ?? []), ...(route?.after ?? [])];
}
