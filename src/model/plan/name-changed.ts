import { type Address, formatAddress, parseAddress } from "../address.ts";
import { type Change, isNoOp, type OwnershipClaim, type Plan } from "./plan.ts";
import { rowsBelow, type Step } from "./step.ts";

/**
 * The addresses that mean the object of a change, its own first: by its manifest's name, and by the names that it has in the control plane,
 * as a manifest that is renamed is another name for the same object.
 */
export function nameChanged({ address, physical_name, previous_physical_name }: Change): readonly Address[] {
  const kind = parseAddress(address)?.kind;
  const names = [physical_name, previous_physical_name].filter((name) => name !== null && name !== "");
  const physical = kind === undefined ? [] : names.map((name) => formatAddress(kind, `${name}`));
  return [...new Set([address, ...physical])];
}

/** What determines which objects a plan writes to. */
export type Writing = Pick<Plan, "changes" | "steps"> & {
  readonly ownership: { readonly claim: readonly Pick<OwnershipClaim, "address" | "renamed_from">[] };
};

/**
 * By the address of a change, all that its steps write to: the object itself under each of its names, that by which it is on record among
 * them, and other ones, as a change of a cluster may have to write to queues, the delete of a row takes rows below it along,
 * and a pool map registers clusters. What only
 * waits for an object does not write to it.
 */
export function nameWritten({ changes, steps, ownership }: Writing): ReadonlyMap<Address, ReadonlySet<Address>> {
  const written = new Map<Address, Set<Address>>();
  for (const change of changes) if (!isNoOp(change)) written.set(change.address, new Set(nameChanged(change)));
  for (const step of steps) {
    const { address, kind, physical_name } = step;
    if (step.op === "await") continue;
    const names = written.get(address) ?? new Set([address]);
    for (const name of [physical_name, ...listTakenAlong(step)]) names.add(formatAddress(kind, name));
    const clusters = step.kind === "cluster_pool_map" ? Object.keys(step.set.cluster_to_pool) : [];
    for (const cluster of clusters) names.add(formatAddress("cluster", cluster));
    written.set(address, names);
  }
  for (const { address, renamed_from } of ownership.claim)
    if (renamed_from !== null) written.get(address)?.add(renamed_from);
  return written;
}

/** What a delete takes along, whether it is written back or lost: objects of its own kind, a row by its scope, for every launch plan. */
function listTakenAlong(step: Step): readonly string[] {
  const { put_back = [], loses = [] } = rowsBelow(step) ?? {};
  return [...put_back, ...loses.map(({ scope }) => scope)];
}
