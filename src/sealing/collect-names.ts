import type { Address } from "../model/address.ts";
import { listAppliedFiles } from "../model/ledger/applied-files.ts";
import type { ReleasedObject } from "../model/ledger/ledger.ts";
import type { Declared } from "../model/objects/desired.ts";
import { listReferences } from "../model/objects/list-references.ts";
import { listSealedEntries } from "../model/secrets/list-sealed-entries.ts";
import type { OwnNames } from "../model/secrets/sealing.ts";
import { findSealedPaths, listAppliedTexts, type SealedPaths } from "./find-sealed-paths.ts";
import { readNames, subjectOf, uniteNames } from "./own-names.ts";
import type { SensitiveNames } from "./sensitive-rules.ts";

/** What marks values as sensitive, beside their keys. */
export interface NamingSources {
  /** The operator's patterns. */
  readonly patterns: readonly string[];
  /** Manifests of which some may not be planned now: what a request no longer calls sensitive is still so on its base. */
  readonly desired: readonly Pick<Declared, "settings" | "flyte_clusters">[];
  /**
   * Objects that are owned, or were released and stay as they are. What was sealed when it was applied stays sealed: a manifest that is gone, or
   * says less, reveals nothing.
   */
  readonly owned: readonly ReleasedObject[];
  /** What earlier manifests called sensitive, even of deleted ones. */
  readonly remembered: OwnNames;
}

/**
 * Gathers the patterns and paths that manifests, the operator and the store name. `sealed`: what {@link findSealedPaths} says of the files of
 * `owned`, where it was asked elsewhere, because they may be large; default: it is asked here.
 */
export function collectNames(
  { patterns, desired, owned, remembered }: NamingSources,
  sealed?: SealedPaths,
): SensitiveNames {
  const names = new Map<string, { readonly patterns: Set<string>; readonly paths: Set<string> }>();
  // Counted together: what is too much to be kept apart hides everything.
  const named = uniteNames([remembered, ...desired.flatMap(listDeclared)]);
  for (const [subject, { patterns, paths }] of readNames(named)) {
    names.set(subject, { patterns: new Set(patterns), paths: new Set(paths) });
  }
  const namesFor = (address: Address) => {
    const subject = subjectOf(address);
    const known = names.get(subject) ?? { patterns: new Set(), paths: new Set() };
    names.set(subject, known);
    return known;
  };
  for (const { address, applied } of owned) {
    for (const path of listSealedSettings(applied)) namesFor(address).paths.add(path);
  }
  const files = listAppliedTexts(owned);
  for (const [index, paths] of (sealed ?? findSealedPaths({ files })).entries()) {
    const address = files[index]?.address;
    if (address !== undefined) for (const path of paths) namesFor(address).paths.add(path);
  }
  const listed = [...names].map(([subject, own]) => {
    return [subject, { patterns: [...own.patterns], paths: [...own.paths] }] as const;
  });
  return { patterns, own: new Map(listed) };
}

/** What manifests name, each for itself. */
function listDeclared({ settings, flyte_clusters }: NamingSources["desired"][number]): readonly OwnNames[] {
  return [
    ...[...settings, ...flyte_clusters].map(({ address, sensitive }) => ({ [address]: sensitive })),
    // The value of a reference is sensitive everywhere, and so is the live value there.
    ...settings.map(({ address, values }) => ({
      [address]: listReferences(values).map(({ path }) => `=${path.join(".")}`),
    })),
  ];
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
