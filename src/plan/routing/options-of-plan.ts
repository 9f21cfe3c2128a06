import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { Capabilities } from "../../model/objects/live.ts";
import { isDestructive, type PlanBody } from "../../model/plan/plan.ts";
import type { DesiredOptions } from "./facts-of-desired.ts";

/** What of a plan shows names and what goes. */
export type PlannedNames = Pick<PlanBody, "changes" | "steps" | "ownership">;

/** What an address is called on the live side. */
export type NamedObject = Pick<OwnedObject, "address" | "physical_name">;

/**
 * What a plan says beside the manifests: the names of new registrations, and what goes. `owned` gives the names of what the plan
 * leaves as it is; without it those are taken to be what manifests say. What `--target` leaves out is not included: see
 * {@link DesiredOptions.left}.
 */
export function optionsOfPlan(
  plan: PlannedNames,
  owned: readonly NamedObject[],
  capabilities: Capabilities,
): Required<Omit<DesiredOptions, "flyteClusters" | "left">> {
  const named = [...owned, ...plan.changes.filter(isKept), ...plan.ownership.claim];
  const names = new Map<Address, string>(named.map((object) => [object.address, object.physical_name]));
  return {
    nameOf: (kind, name) => names.get(formatAddress(kind, name)) ?? name,
    gone: new Set(plan.changes.flatMap((change) => listGone(change, capabilities))),
    cleared: new Map(
      plan.steps.flatMap((step) => (step.kind === "settings" ? [[step.address, step.set.cleared]] : [])),
    ),
  };
}

type Changed = PlanBody["changes"][number];

function isKept({ action }: Changed): boolean {
  return action !== "delete";
}

/** On a control plane whose queues cannot be deleted they stay behind, those of deleted clusters too. */
function listGone(change: Changed, { queue_state: canDeleteQueues }: Capabilities): readonly string[] {
  const kind = parseAddress(change.address)?.kind;
  const name = isKept(change) ? change.previous_physical_name : change.physical_name;
  if (kind === undefined || name === null || !isDestructive(change)) return [];
  if (kind === "queue" && !canDeleteQueues) return [];
  const object = formatAddress(kind, name);
  return kind === "cluster" && canDeleteQueues ? [object, formatAddress("queue", name)] : [object];
}
