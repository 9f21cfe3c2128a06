import type { Address } from "../../model/address.ts";
import { type Declared, listPlaced, type ManifestSource } from "../../model/desired.ts";

/** The source position of each declared object's manifest. */
export function indexSources(desired: Declared): ReadonlyMap<Address, ManifestSource> {
  const { pools, clusters, queues } = desired;
  return new Map(
    [...pools, ...clusters, ...queues, ...listPlaced(desired)].map(({ address, source }) => [address, source]),
  );
}
