import { type Address, parseAddress } from "../../model/address.ts";
import type { HeldChange } from "../../model/passes/pass.ts";
import type { Change, Plan, Route } from "../../model/plan/plan.ts";
import type { Decision } from "./decide-what-runs.ts";
import { findOutOfService } from "./find-out-of-service.ts";
import { findRerouted } from "./find-rerouted.ts";
import { holdDependents } from "./hold-dependents.ts";

/** A plan, the part of it that may run, and what the rollout has begun and not finished. */
interface Parts {
  readonly whole: Pick<Plan, "routing" | "changes">;
  readonly part: Pick<Plan, "routing" | "steps" | "notices">;
  readonly begun: ReadonlySet<string>;
  /** As `Situation.drained`. */
  readonly drained?: ReadonlySet<string>;
  /** The addresses of clusters that unfinished rollouts have taken out of their pools; left out: none. */
  readonly away?: ReadonlySet<string>;
}

/**
 * The same decision where work would go, beside what is held, to a cluster to which the whole plan does not lead it and to which it does not go
 * now: to one that was shown to leave, in place of one that was shown to come, or to one that comes while settings or a row of the runs stay. What
 * leads it there waits with what is held, and so does all that comes after that. Beside drift that stays an approved queue alone waits: no commit could
 * pass otherwise for as long as it is reported. Null: there is nothing of the kind.
 */
export function holdRerouting(
  decision: Decision,
  { whole, part, away = new Set(), ...rollout }: Parts,
): Decision | null {
  const { begun } = rollout;
  const kept = new Set(decision.drift.addresses);
  const approved = new Set(decision.approved);
  const held = new Map(decision.held.map((one) => [one.address, one]));
  const isLed = openLed(part, { begun, away });
  const waits = findRerouted({ whole, part }).flatMap(({ route, by, instead }) => {
    // Fields of a shared change are held beside the rest of it.
    const causes = instead.flatMap((address) => held.get(address) ?? []).filter(({ fields }) => fields === undefined);
    const [cause = findLikeliest(decision)] = causes;
    const isBesideDrift = cause !== undefined && isStayingDrift(cause);
    const isOwn = (address: Address) => parseAddress(address)?.kind === "queue" && !("system" in route);
    const mayWait = (address: Address) => {
      if (kept.has(address) || held.has(address)) return false;
      // What is begun of a queue leads back to what was there.
      if (isOwn(address) && begun.has(address)) return false;
      if (isOwn(address) && approved.has(address)) return true;
      // What comes runs by its own grade, beside what waits for people.
      return !isBesideDrift && isLed(address) && (route.before !== null || "system" in route);
    };
    return by.filter(mayWait).map((address) => [address, cause?.address ?? null] as const);
  });
  const less = hold(decision, new Map(waits), { plan: part, begun });
  if (less === null) return null;
  const out = new Set(findOutOfService(whole, rollout));
  const mark = (one: HeldChange) => (held.has(one.address) || !out.has(one.address) ? one : { ...one, ...OUT });
  return { ...less, held: less.held.map(mark) };
}

/** Drift that is still to be confirmed is over in a pass or two. */
function isStayingDrift({ reason }: HeldChange): boolean {
  return reason.startsWith("drift_") && reason !== "drift_unconfirmed";
}

/** Distinguishes what a part leads elsewhere from what it only puts back into service where it was, after a rollout has drained it on its way. */
function openLed(
  { steps }: Pick<Plan, "steps">,
  { begun, away }: Required<Pick<Parts, "begun" | "away">>,
): (address: Address) => boolean {
  const led = new Set(steps.filter(({ op }) => op !== "activate" && op !== "await").map(({ address }) => address));
  return (address) => !begun.has(address) || led.has(address) || away.has(address);
}

const OUT = { out_of_service: true } as const;

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
  const mayWait = new Set(
    decision.approved.filter((one) => !begun.has(one) && !decision.drift.addresses.includes(one)),
  );
  const queues = findReaching(plan, held).filter((address) => mayWait.has(address));
  const less = hold(decision, new Map(queues.map((address) => [address, null])), { plan: { ...plan, steps }, begun });
  return less === null ? decision : foreseeRerouting(less, { plan, begun });
}

/** Has addresses wait, each with what is held that it waits with, if that is known; null: there are none, or nothing is held. */
function hold(
  decision: Decision,
  waits: ReadonlyMap<Address, Address | null>,
  { plan, begun }: { readonly plan: Pick<Plan, "steps" | "notices">; readonly begun: ReadonlySet<string> },
): Decision | null {
  const { held } = decision;
  const likeliest = findLikeliest(decision);
  if (likeliest === undefined || waits.size === 0) return null;
  const byAddress = new Map(held.map((one) => [one.address, one]));
  const holds = [...waits].map(([address, known]) => {
    const cause = byAddress.get(known ?? likeliest.address) ?? likeliest;
    const { reason, ends } = cause;
    const message = `It would send work where the plan as a whole does not, as long as ${cause.address} is held.`;
    return [address, { reason, message, ...(ends === undefined ? {} : { ends }) }] as const;
  });
  const waiting = holdDependents(plan, new Map(holds), begun);
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

/** Of what is held, what leads work elsewhere most often. */
function findLikeliest({ held }: Decision): HeldChange | undefined {
  return held.find(({ address }) => address.startsWith("cluster.")) ?? held[0];
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
