import type { Address } from "../../model/address.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Decision } from "./decide-what-runs.ts";
import { holdDependents } from "./hold-dependents.ts";

/** A plan, the part of it that may run, and the addresses at which the rollout has begun and not finished something. */
interface Parts {
  readonly whole: Pick<Plan, "routing">;
  readonly part: Pick<Plan, "routing" | "steps" | "changes">;
  readonly begun: ReadonlySet<string>;
}

/**
 * The same decision where an approved queue would, beside what is held, send work to a cluster to which the whole plan does not: to one that
 * was shown to leave, in place of one that was shown to come. The queue waits with it then, and so does all that comes after the
 * queue. Null: there is no such queue.
 */
export function holdRerouting(decision: Decision, { whole, part, begun }: Parts): Decision | null {
  const { held, drift } = decision;
  const cause = held.find(({ address }) => address.startsWith("cluster.")) ?? held[0];
  if (cause === undefined) return null;
  const mayWait = new Set(decision.approved.filter((one) => !begun.has(one) && !drift.addresses.includes(one)));
  const rerouted = findRerouted(whole, part).filter((address) => mayWait.has(address));
  if (rerouted.length === 0) return null;
  const message = `It would send work where the approved plan does not, as long as ${cause.address} is held.`;
  const { reason, ends } = cause;
  const hold = { reason, message, ...(ends === undefined ? {} : { ends }) };
  const waiting = holdDependents(part.steps, new Map(rerouted.map((address) => [address, hold] as const)), begun);
  const approved = decision.approved.filter((address) => !waiting.has(address));
  const isLeft = part.steps.some(({ address }) => !waiting.has(address));
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
  const shown = new Map(routing.flatMap((route) => ("system" in route ? [] : [[route.queue, route] as const])));
  return part.routing.flatMap((route) => {
    if ("system" in route) return [];
    const said = shown.get(route.queue);
    const known = new Set([...(route.before ?? []), ...(said?.before ?? []), ...(said?.after ?? [])]);
    if ((route.after ?? []).every((name) => known.has(name))) return [];
    const writes = part.steps.filter(({ kind, physical_name }) => kind === "queue" && physical_name === route.queue);
    return [...new Set(writes.map(({ address }) => address))];
  });
}
