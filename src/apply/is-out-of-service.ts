import type { DrainedObject } from "../model/ledger/refusal.ts";
import type { ApplyContext } from "./apply-context.ts";

/** Whether an object of a change is a registration that the change replaces. */
export function isReplaced(
  { kind, name, address }: DrainedObject,
  { claimOf }: Pick<ApplyContext, "claimOf">,
): boolean {
  return isOwn({ kind, address }) && (claimOf.get(address)?.physical_name ?? name) !== name;
}

/** Whether the manifest of a change wants its object drained. */
export function isWantedDrained(
  { kind, address }: Pick<DrainedObject, "kind" | "address">,
  { changeOf }: Pick<ApplyContext, "changeOf">,
): boolean {
  return isOwn({ kind, address }) && changeOf({ address, phase: null })?.after?.state === "drained";
}

/** A change may drain objects of another kind, too. */
function isOwn({ kind, address }: Pick<DrainedObject, "kind" | "address">): boolean {
  return address.startsWith(`${kind}.`);
}

/** Reads whether an object takes no work, or is about to take none. One that is gone is not out of service. */
export async function isOutOfService(
  { kind, name }: Pick<DrainedObject, "kind" | "name">,
  reader: ApplyContext["reader"],
): Promise<boolean> {
  const live = kind === "queue" ? await reader.getQueue(name) : await reader.getCluster(name);
  return live?.state === "draining" || live?.state === "drained";
}
