import { type Address, formatAddress } from "../../model/address.ts";
import type { Pause } from "../../model/daemon/daemon-records.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";

/** A pause, and the name under which its object is registered by now. */
export interface FollowedPause {
  readonly id: string;
  readonly registered_as: Address;
}

/**
 * The pauses whose objects are registered under another name than they say, or under one that was unknown when they were given. An object is
 * known by its registration; where that is gone, by what is on record as having had it, and by its address.
 */
export function followPauses(pauses: readonly Pause[], owned: readonly OwnedObject[]): readonly FollowedPause[] {
  const byAddress = new Map(owned.map((record) => [record.address, record]));
  const registered = new Set(owned.map(nameRegistration));
  const replaced = new Map(
    owned.flatMap((record) => record.previous_names.map((name) => [formatAddress(record.kind, name), record] as const)),
  );
  return pauses.flatMap(({ id, address, registered_as = null }) => {
    if (address === null || (registered_as !== null && registered.has(registered_as))) return [];
    const names = [registered_as, address].filter((name) => name !== null);
    const [record] = [replaced, byAddress].flatMap((known) => names.flatMap((name) => known.get(name) ?? []));
    if (record === undefined || nameRegistration(record) === registered_as) return [];
    return [{ id, registered_as: nameRegistration(record) }];
  });
}

function nameRegistration({ kind, physical_name }: OwnedObject): Address {
  return formatAddress(kind, physical_name);
}
