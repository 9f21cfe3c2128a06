import type { Recalled } from "../apply/recall.ts";
import { takeUp } from "../apply/take-up.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Desired } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { PlanOptions } from "../model/plan/plan.ts";
import { type ComputedPlan, computePlan } from "../plan/compute-plan.ts";
import { leaveFields } from "../plan/input/leave-fields.ts";
import type { PlanInput } from "../plan/input/plan-input.ts";
import { bringRowsBack } from "../plan/unfinished/put-backs.ts";
import { type KnownObjects, listKnownAddresses } from "./list-known-addresses.ts";
import { listDeliveredLabels } from "./read-delivered.ts";
import { routeRuns } from "./route-runs.ts";

/** What a plan is computed from: plain data. */
export interface ComputeInput {
  readonly desired: Desired;
  readonly live: LiveState;
  readonly memory: Recalled;
  readonly options: PlanOptions;
  readonly revision: string | null;
  /** The share of objects that the plan may disrupt, 0 to 1. Default 0.3. */
  readonly max_destroy_share?: number;
}

/** All of a plan that takes no call, before its guards have judged it. Pure. Throws an OperationalError where an option names what is not there. */
export function computeRouted(input: ComputeInput): ComputedPlan {
  const { memory } = input;
  const planInput = gatherInput(input);
  // Routing also follows from rows that are to be put back: the interrupted delete was not meant to change it.
  const { live, written = [], taken = [], turned = [], routing_writes = [] } = bringRowsBack(planInput);
  const { desired } = leaveFields(planInput);
  return routeRuns(computePlan(planInput), {
    desired,
    live,
    owned: memory.owned,
    written,
    taken,
    turned,
    routing_writes,
  });
}

/** The same without the routes of runs: for reads of the plan that do not apply it. */
export function computeUnrouted(input: ComputeInput): ComputedPlan {
  return computePlan(gatherInput(input));
}

function gatherInput({ desired, live, memory, options, revision, max_destroy_share }: ComputeInput): PlanInput {
  refuseUnknownAddresses(options, { desired, owned: memory.owned, live, unfinished: memory.unfinished });
  const limit = max_destroy_share === undefined ? {} : { max_destroy_share };
  const delivered_labels = listDeliveredLabels(live);
  return {
    ...takeUp(memory, { desired, live, options }),
    desired,
    live,
    options,
    revision,
    delivered_labels,
    ...limit,
  };
}

/**
 * Refuses an address on the command line that nothing has: a slip in `--target` would plan nothing and look like peace, one in
 * `--exclude` would not spare what it was to spare. Throws an OperationalError `usage`.
 */
function refuseUnknownAddresses({ target, exclude, replace }: PlanOptions, objects: KnownObjects): void {
  const asked = Object.entries({ target, exclude, replace }).flatMap(([flag, addresses]) =>
    addresses.map((address) => ({ flag, address })),
  );
  if (asked.length === 0) return;
  const known = listKnownAddresses(objects);
  const unknown = asked.find(({ address }) => !known.has(address));
  if (unknown === undefined) return;
  const message = `--${unknown.flag} ${unknown.address}: no manifest and no object has this address. Check the name.`;
  throw new OperationalError("usage", message, { next: "stop" });
}
