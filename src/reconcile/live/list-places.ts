import { ATTRIBUTES_KINDS, type Kind, NAMED_KINDS } from "../../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import { listAppliedFiles } from "../../model/ledger/applied-files.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { Declared } from "../../model/objects/desired.ts";
import { parseSettingsName, type SettingsScope } from "../../model/objects/settings.ts";
import type { PlacesToRead } from "./read-places.ts";
import type { KnownObject } from "./require-gone.ts";

/** Where a plan has to look: what manifests name, what was applied before, and what was asked for. */
export function listPlacesOf(
  { settings, flyte_clusters }: Declared,
  { owned, unfinished }: Remembered,
  asked: readonly SettingsScope[],
): PlacesToRead {
  const recordedScopes = [...owned, ...unfinished.flatMap(({ address }) => parseAddress(address) ?? [])]
    .filter(({ kind }) => kind === "settings")
    .map(({ name }) => parseSettingsName(name));
  const wanted = new Map(flyte_clusters.map(({ name, files }) => [name, files.map(({ path }) => path)]));
  const former = listDelivered({ owned, unfinished });
  const recorded = new Set(
    owned
      .filter(({ applied, kind }) => kind === "flyte_clusters" && listAppliedFiles(applied).length > 0)
      .map(({ name }) => name),
  );
  const claimed = new Set([...wanted.values()].flat());
  return {
    scopes: [...settings.map(({ scope }) => scope), ...recordedScopes, ...asked],
    every_project: true,
    deliveries: [...new Set([...wanted.keys(), ...former.keys()])].map((name) => {
      const paths = wanted.get(name) ?? [];
      const [taken, left] = partition(former.get(name) ?? [], (path) => claimed.has(path));
      const is_recorded = recorded.has(name);
      return { name, paths, former: left, taken: taken.filter((path) => !paths.includes(path)), is_recorded };
    }),
    known: listKnown({ owned, unfinished }),
  };
}

/** What earlier runs have left on record. */
export interface Remembered {
  readonly owned: readonly OwnedObject[];
  /** Writes that were not settled, and where they put files. */
  readonly unfinished: readonly {
    readonly address: Address;
    readonly files: readonly string[];
    /** Names that it was sent to, or may have been. */
    readonly wrote: readonly string[];
  }[];
}

/** What lists have to hold: registrations and rows on record, and those that unsettled writes were sent to. */
function listKnown({ owned, unfinished }: Remembered): readonly KnownObject[] {
  const known = new Map<Address, KnownObject>();
  const add = (kind: Kind | undefined, names: readonly string[]) => {
    for (const name of names) if (isListed(kind)) known.set(formatAddress(kind, name), { kind, name });
  };
  for (const { kind, physical_name, previous_names } of owned) add(kind, [physical_name, ...previous_names]);
  for (const { address, wrote } of unfinished) add(parseAddress(address)?.kind, wrote);
  return [...known.values()];
}

function isListed(kind: Kind | undefined): kind is KnownObject["kind"] {
  return [...NAMED_KINDS, ...ATTRIBUTES_KINDS].some((listed) => listed === kind);
}

/** By the name of an object, the paths that files of it were put at, or may have been. */
function listDelivered({ owned, unfinished }: Remembered): ReadonlyMap<string, readonly string[]> {
  const delivered = new Map<string, readonly string[]>();
  const add = (address: Address, paths: readonly string[]) => {
    const { kind, name = "" } = parseAddress(address) ?? {};
    if (kind === "flyte_clusters") delivered.set(name, [...new Set([...(delivered.get(name) ?? []), ...paths])]);
  };
  for (const { address, applied } of owned) add(address, listAppliedFiles(applied));
  for (const { address, files } of unfinished) if (files.length > 0) add(address, files);
  return delivered;
}

function partition<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}
