import { type Address, formatAddress } from "../model/address.ts";
import type { Pause } from "../model/daemon-records.ts";
import type { OwnedObject } from "../model/ledger.ts";
import { nameChanged, type Writing } from "../model/name-changed.ts";

/** A pause, and the name under which its object is registered by now. */
export interface FollowedPause {
  readonly id: string;
  readonly registered_as: Address;
}

/**
 * The pauses whose objects are registered under another name than they say, or under one that nobody knew when they were given. An object is
 * known by its registration; where that is gone, by what was carried out in its place, by what is on record as replaced, and by its address.
 * `done`: the plan of which something may have been carried out since; null: none.
 */
export function followPauses(
  pauses: readonly Pause[],
  owned: readonly OwnedObject[],
  done: Pick<Writing, "changes" | "ownership"> | null,
): readonly FollowedPause[] {
  const own = pauses.filter(({ address }) => address !== null);
  if (own.length === 0) return [];
  const byAddress = new Map(owned.map((record) => [record.address, record]));
  const registered = new Set(owned.map(nameRegistration));
  const replaced = new Map(
    owned.flatMap((record) => record.previous_names.map((name) => [formatAddress(record.kind, name), record] as const)),
  );
  const successors = findSuccessors(done, byAddress);
  return own.flatMap(({ id, address, registered_as = null }) => {
    if (registered_as !== null && registered.has(registered_as)) return [];
    const names = [registered_as, address].filter((name) => name !== null);
    const [record] = [successors, replaced, byAddress].flatMap((known) =>
      names.flatMap((name) => known.get(name) ?? []),
    );
    if (record === undefined || nameRegistration(record) === registered_as) return [];
    return [{ id, registered_as: nameRegistration(record) }];
  });
}

function nameRegistration({ kind, physical_name }: OwnedObject): Address {
  return formatAddress(kind, physical_name);
}

/** By each name of an object that a plan changes, what is on record of it now. */
function findSuccessors(
  done: Parameters<typeof followPauses>[2],
  byAddress: ReadonlyMap<Address, OwnedObject>,
): ReadonlyMap<Address, OwnedObject> {
  const formerly = new Map(done?.ownership.claim.map(({ address, renamed_from }) => [address, renamed_from]));
  return new Map(
    (done?.changes ?? []).flatMap((change) => {
      const record = byAddress.get(change.address);
      const former = formerly.get(change.address) ?? change.address;
      return record === undefined ? [] : [...nameChanged(change), former].map((name) => [name, record] as const);
    }),
  );
}
