import { type Address, parseAddress } from "../../model/address.ts";
import type { Op } from "../../model/plan/step.ts";

/** A write for an address to an object that the address does not name. */
export interface OtherWrite {
  readonly address: Address;
  /** What was written to, as `kind.name` by its name in the control plane. */
  readonly object: string;
  readonly op: Op;
}

/** A write that took effect: a step of a report, or an entry of the change log. */
export interface Written {
  readonly address: Address;
  readonly kind: string;
  readonly physical_name: string;
  readonly op: Op;
}

/** The kinds whose objects have the names in the control plane that people know. */
const NAMED: ReadonlySet<string> = new Set(["cluster_pool", "cluster", "queue"]);
const REGISTERING: ReadonlySet<Op> = new Set(["create", "undelete", "delete"]);

/**
 * What was written to beside the objects themselves, each write once: registrations with another name than their address, and the queues of others.
 * A replaced cluster has two registrations for a time, and its address alone does not say which was made or deleted: of those that are known to be
 * `replaced`, and where one of another name is listed, both are.
 */
export function listOtherWrites(
  writes: readonly Written[],
  replaced: ReadonlySet<string> = new Set(),
): readonly OtherWrite[] {
  const named = writes.filter(({ kind }) => NAMED.has(kind));
  const all = [...Map.groupBy(named, ({ address }) => address)].flatMap(([address, group]) => {
    const isOther = ({ kind, physical_name }: Written) => `${kind}.${physical_name}` !== address;
    const isRegistration = ({ kind, op }: Written) => REGISTERING.has(op) && parseAddress(address)?.kind === kind;
    const isReplaced = replaced.has(address) || group.some((write) => isRegistration(write) && isOther(write));
    return group.filter((write) => isOther(write) || (isReplaced && isRegistration(write)));
  });
  const others = all.map(({ address, kind, physical_name, op }) => ({
    address,
    object: `${kind}.${physical_name}`,
    op,
  }));
  return [...new Map(others.map((one) => [JSON.stringify([one.address, one.object, one.op]), one])).values()];
}
