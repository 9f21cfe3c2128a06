import type { Unfinished } from "../apply/recall.ts";
import { formatAddress } from "../model/address.ts";
import { formatAttributesScope } from "../model/attributes.ts";
import { type Desired, listPlaced } from "../model/desired.ts";
import type { OwnedObject } from "../model/ledger.ts";
import type { LiveState } from "../model/live.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { PlanOptions } from "../model/plan.ts";

/** Where an address may come from: a manifest, the store, or the control plane. */
export interface KnownObjects {
  readonly desired: Desired;
  readonly owned: readonly OwnedObject[];
  readonly live: Pick<LiveState, "pools" | "clusters" | "queues" | "flyteadmin">;
  /** Rows that an interrupted delete took along may come back. */
  readonly unfinished: readonly Pick<Unfinished, "displaced">[];
}

/**
 * Refuses an address on the command line that nothing has: a slip in `--target` would plan nothing and look like peace, one in
 * `--exclude` would not spare what it was to spare. Throws an OperationalError `usage`.
 */
export function refuseUnknownAddresses(
  { target, exclude, replace }: PlanOptions,
  { desired, owned, live, unfinished }: KnownObjects,
): void {
  const asked = Object.entries({ target, exclude, replace }).flatMap(([flag, addresses]) =>
    addresses.map((address) => ({ flag, address })),
  );
  if (asked.length === 0) return;
  const known = new Set<string>([
    ...[...desired.pools, ...desired.clusters, ...desired.queues, ...listPlaced(desired), ...owned].map(
      ({ address }) => address,
    ),
    ...[...live.pools, ...live.clusters, ...live.queues].map(({ kind, name }) => formatAddress(kind, name)),
    ...[...live.flyteadmin.rows, ...unfinished.flatMap(({ displaced }) => displaced)].map(({ kind, scope }) =>
      formatAddress(kind, formatAttributesScope(scope)),
    ),
  ]);
  const unknown = asked.find(({ address }) => !known.has(address));
  if (unknown === undefined) return;
  const message = `--${unknown.flag} ${unknown.address}: no manifest and no object has this address. Check the name.`;
  throw new OperationalError("usage", message, { next: "stop" });
}
