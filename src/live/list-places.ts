import { listAppliedFiles } from "../model/applied-files.ts";
import type { Declared } from "../model/desired.ts";
import type { OwnedObject } from "../model/ledger.ts";
import { parseSettingsName, type SettingsScope } from "../model/settings.ts";
import type { PlacesToRead } from "./read-places.ts";

/** Where a plan has to look: what manifests name, what was applied before, and what was asked for. */
export function listPlacesOf(
  { settings, flyte_clusters }: Declared,
  owned: readonly OwnedObject[],
  asked: readonly SettingsScope[],
): PlacesToRead {
  const ownedScopes = owned.filter(({ kind }) => kind === "settings").map(({ name }) => parseSettingsName(name));
  const wanted = new Map(flyte_clusters.map(({ name, files }) => [name, files.map(({ path }) => path)]));
  const former = new Map(
    owned.filter(({ kind }) => kind === "flyte_clusters").map(({ name, applied }) => [name, listAppliedFiles(applied)]),
  );
  const claimed = new Set([...wanted.values()].flat());
  return {
    scopes: [...settings.map(({ scope }) => scope), ...ownedScopes, ...asked],
    every_project: true,
    deliveries: [...new Set([...wanted.keys(), ...former.keys()])].map((name) => {
      const paths = wanted.get(name) ?? [];
      return { name, paths, former: (former.get(name) ?? []).filter((path) => !claimed.has(path)) };
    }),
  };
}
