import type { Desired } from "../model/desired.ts";
import type { OwnedObject } from "../model/ledger.ts";
import type { Plan } from "../model/plan.ts";
import type { SettingsScope } from "../model/settings.ts";
import type { PlacesToRead } from "./read-places.ts";

/** Where a plan has to look: what manifests name, what was applied before, and what was asked for. */
export function listPlacesOf(
  { settings, flyte_clusters }: Desired,
  owned: readonly OwnedObject[],
  asked: readonly SettingsScope[],
): PlacesToRead {
  const ownedScopes = owned.filter(({ kind }) => kind === "settings").map(({ name }) => readScope(name));
  const paths = new Map(flyte_clusters.map(({ name, files }) => [name, files.map(({ path }) => path)]));
  for (const { kind, name, applied } of owned) {
    if (kind !== "flyte_clusters") continue;
    const files: unknown = applied !== null && "files" in applied ? applied.files : {};
    paths.set(name, [...(paths.get(name) ?? []), ...Object.keys(files ?? {})]);
  }
  return {
    scopes: [...settings.map(({ scope }) => scope), ...ownedScopes, ...asked],
    every_project: true,
    deliveries: [...paths].map(([name, list]) => ({ name, paths: [...new Set(list)] })),
  };
}

/** Where a saved plan rests on something: enough to tell whether it still stands. */
export function listPlacesRead({ reads, changes }: Pick<Plan, "reads" | "changes">): PlacesToRead {
  const scopes = reads
    .filter((key) => key.startsWith("settings."))
    .map((key) => readScope(key.slice("settings.".length)));
  const deliveries = changes
    .filter(({ address }) => address.startsWith("flyte_clusters."))
    .map(({ physical_name, before, after }) => ({
      name: physical_name,
      paths: [...new Set([before?.files, after?.files].flatMap((files) => Object.keys(files ?? {})))],
    }));
  return { scopes, every_project: false, deliveries };
}

/** The scope that the name of settings, `ORG[/DOMAIN[/PROJECT]]`, stands for. */
export function readScope(name: string): SettingsScope {
  const [, domain = null, project = null] = name.split("/");
  return { domain, project };
}
