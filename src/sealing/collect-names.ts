import { type Address, formatAddress } from "../model/address.ts";
import { listAppliedFiles } from "../model/applied-files.ts";
import type { Declared } from "../model/desired.ts";
import type { ReleasedObject } from "../model/ledger.ts";
import { listReferences } from "../model/list-references.ts";
import { listSealedEntries } from "../model/list-sealed-entries.ts";
import { findSealedPaths, listAppliedTexts, type SealedPaths } from "./find-sealed-paths.ts";
import type { SensitiveNames } from "./sensitive-rules.ts";

/** What tells which values are sensitive, beside their keys. */
export interface NamingSources {
  /** The operator's patterns. */
  readonly patterns: readonly string[];
  /** Manifests of which some may not be planned now: what a request no longer calls sensitive is still so on its base. */
  readonly desired: readonly Pick<Declared, "settings" | "flyte_clusters">[];
  /**
   * Objects that are owned, or were let go and stay as they are. What was sealed when it was applied stays sealed: a manifest that is gone, or
   * says less, reveals nothing.
   */
  readonly owned: readonly ReleasedObject[];
}

/**
 * Gathers the patterns and paths that manifests, the operator and the store name. `sealed`: what {@link findSealedPaths} says of the files of
 * `owned`, where it was asked elsewhere, because they may be large; default: it is asked here.
 */
export function collectNames({ patterns, desired, owned }: NamingSources, sealed?: SealedPaths): SensitiveNames {
  const names = new Map<Address, { readonly patterns: Set<string>; readonly paths: Set<string> }>();
  const namesOf = (address: Address) => {
    const known = names.get(address) ?? { patterns: new Set(), paths: new Set() };
    names.set(address, known);
    return known;
  };
  for (const { settings, flyte_clusters } of desired) {
    // What a reference stands for is sensitive wherever it stands, and so is what is live there.
    for (const { address, values } of settings)
      for (const { path } of listReferences(values)) namesOf(address).paths.add(path.join("."));
    for (const { address, sensitive } of [...settings, ...flyte_clusters]) {
      for (const pattern of sensitive) namesOf(address).patterns.add(pattern);
    }
  }
  for (const { address, applied } of owned) {
    for (const path of listSealedSettings(applied)) namesOf(address).paths.add(path);
  }
  const files = listAppliedTexts(owned);
  for (const [index, paths] of (sealed ?? findSealedPaths({ files })).entries()) {
    const address = files[index]?.address;
    if (address !== undefined) for (const path of paths) namesOf(address).paths.add(path);
  }
  const listed = [...names].map(([address, own]) => {
    return [address, { patterns: [...own.patterns], paths: [...own.paths] }] as const;
  });
  return { patterns, own: new Map(listed), kin: findKin({ desired, owned }) };
}

/** By address: the objects that had files of an object before it, or have them beside it, and the one that it is the new name of. */
export function findKin({ desired, owned }: Omit<NamingSources, "patterns">): SensitiveNames["kin"] & {} {
  const all = desired.flatMap(({ flyte_clusters }) => flyte_clusters);
  const holders = new Map<string, Set<Address>>();
  const hold = (path: string, address: Address) =>
    void holders.set(path, (holders.get(path) ?? new Set<Address>()).add(address));
  for (const { address, applied } of owned) for (const path of listAppliedFiles(applied)) hold(path, address);
  for (const { address, files } of all) for (const { path } of files) hold(path, address);
  const kin = all.map(({ address, kind, previously, files }) => {
    const former = previously === null ? [] : [formatAddress(kind, previously)];
    const others = new Set([...former, ...files.flatMap(({ path }) => [...(holders.get(path) ?? [])])]);
    others.delete(address);
    return [address, [...others].sort()] as const;
  });
  return new Map(kin.filter(([, others]) => others.length > 0));
}

/** The object that each delivered file is of: as manifests have it now, else as it was applied. */
export function listTextOwners({
  desired,
  owned,
}: Pick<NamingSources, "desired" | "owned">): ReadonlyMap<string, Address> {
  const former = owned.flatMap(({ address, applied }) =>
    listAppliedFiles(applied).map((path) => [path, address] as const),
  );
  const wanted = desired.flatMap(({ flyte_clusters }) =>
    flyte_clusters.flatMap(({ address, files }) => files.map(({ path }) => [path, address] as const)),
  );
  return new Map([...former, ...wanted]);
}

/** The paths of what was sealed in the settings of an object as it was applied last. */
function listSealedSettings(applied: object | null): readonly string[] {
  const { settings } = (applied ?? {}) as { readonly settings?: unknown };
  return Object.entries(settings ?? {}).flatMap(([key, value]) => listSealedEntries(key, value));
}
