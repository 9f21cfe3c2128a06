import type { Desired, DesiredSettings } from "../../model/desired.ts";
import { DEFAULT_QUEUE_KEY, formatScope, type SettingValues, UNSET } from "../../model/settings.ts";
import { formatSource } from "./format-source.ts";
import type { NameOf } from "./name-of.ts";
import type { RoutingFacts, SettingsFact } from "./routing-facts.ts";
import { ignores } from "./want-clusters.ts";

/** Settings once manifests have their way: declared keys over live ones, and over none where the manifest says it all. */
export function wantSettings(
  desired: Desired,
  kept: Pick<RoutingFacts, "settings">,
  nameOf: NameOf,
): readonly SettingsFact[] {
  const settings = new Map(kept.settings.map((own) => [formatScope(own.scope), own]));
  const queueNames = new Set(desired.queues.map(({ name }) => name));
  const clusterNames = new Set(desired.clusters.map(({ name }) => name));
  const queueOf = (name: string) =>
    !queueNames.has(name) && clusterNames.has(name) ? nameOf("cluster", name) : nameOf("queue", name);
  for (const wanted of desired.settings) {
    const key = formatScope(wanted.scope);
    settings.set(key, mergeSettings(wanted, settings.get(key), queueOf));
  }
  return [...settings.values()];
}

function mergeSettings(
  wanted: DesiredSettings,
  live: SettingsFact | undefined,
  queueOf: (name: string) => string,
): SettingsFact {
  const { scope, authoritative, source } = wanted;
  const managed = Object.entries(wanted.values).filter(([key]) => live === undefined || !ignores(wanted, key));
  const values: SettingValues = Object.fromEntries(managed);
  const declared = values[DEFAULT_QUEUE_KEY];
  const named = declared === undefined || declared === UNSET ? {} : { [DEFAULT_QUEUE_KEY]: queueOf(String(declared)) };
  const isOurs = declared !== undefined || authoritative || live === undefined;
  return {
    scope,
    values: { ...(authoritative ? {} : live?.values), ...values, ...named },
    source: isOurs ? formatSource(source) : live.source,
  };
}
