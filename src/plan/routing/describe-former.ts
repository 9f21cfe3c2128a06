import type { TakenCluster, TurnedSettings } from "../../model/ledger/ledger.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, nameSettings, parseSettingsName } from "../../model/objects/settings.ts";
import { findPlaces } from "./find-places.ts";
import type { RoutingFacts, SettingsFact } from "./routing-facts.ts";

/** What an unfinished rollout has done to what runs are routed by. */
export interface BegunRouting {
  /** Clusters and queues that it has drained, `KIND.NAME`. */
  readonly drained: ReadonlySet<string>;
  /** Clusters that it has taken out of pools. */
  readonly taken: readonly TakenCluster[];
  /** The queues that settings named before, by the name of these; null: none. */
  readonly settings: ReadonlyMap<string, string | null>;
}

/**
 * The queue that settings named before an unfinished rollout made them name the one that they name now, by their name; null: none. What another writer
 * has made of them since is another matter.
 */
export function listTurnedAway(
  { org, settings }: Pick<LiveState, "org" | "settings">,
  turned: readonly TurnedSettings[],
): ReadonlyMap<string, string | null> {
  if (turned.length === 0) return new Map();
  const named = new Map(
    settings.map(({ scope, values }) => [nameSettings(org, scope), values[DEFAULT_QUEUE_KEY] ?? null]),
  );
  return new Map(
    [...Map.groupBy(turned, ({ name }) => name)].flatMap(([name, turns]) => {
      const [from, to] = [turns[0]?.from ?? null, turns.at(-1)?.to ?? null];
      return from !== to && (named.get(name) ?? null) === to ? [[name, from]] : [];
    }),
  );
}

/**
 * What routing depended on before an unfinished rollout: what it drained is in service, of `clusters` those that are enabled, what it took out of pools is
 * there, and settings name what they named.
 */
export function describeFormer(
  facts: RoutingFacts,
  { drained, taken, settings }: BegunRouting,
  { org, clusters, flyteadmin }: Pick<LiveState, "org" | "clusters" | "flyteadmin">,
): RoutingFacts {
  const enabled = new Set(clusters.flatMap((cluster) => (cluster.enabled ? [cluster.name] : [])));
  // Where it was first.
  const fromOf = new Map(taken.toReversed().map(({ cluster, from }) => [cluster, from]));
  const served = facts.clusters.map((cluster) => {
    const isReturned = drained.has(`cluster.${cluster.name}`) && enabled.has(cluster.name);
    const pool = fromOf.get(cluster.name) ?? cluster.pool;
    return { ...cluster, pool, in_service: cluster.in_service || isReturned };
  });
  const there = new Set(served.map(({ name }) => name));
  const gone = [...fromOf].filter(([name]) => !there.has(name));
  const looked = new Set(facts.settings.map(({ scope }) => nameSettings(org, scope)));
  const turned = [
    ...facts.settings.map((one) => turnBack(one, settings.get(nameSettings(org, one.scope)))),
    ...[...settings].flatMap(([name, queue]) =>
      looked.has(name) ? [] : [turnBack({ scope: parseSettingsName(name), values: {}, source: SOURCE }, queue)],
    ),
  ];
  return {
    ...facts,
    settings: turned,
    // Settings that are gone, and were applied, are not looked at any more.
    places: findPlaces(flyteadmin, { ...facts, settings: turned }),
    queues: facts.queues.map((queue) => (drained.has(`queue.${queue.name}`) ? { ...queue, active: true } : queue)),
    clusters: [
      ...served,
      ...gone.map(([name, pool]) => ({ name, pool, in_service: true, healthy: null, bucket: null, source: SOURCE })),
    ],
  };
}

/** `queue`: what settings named before; null: none; left out: what they name now. */
function turnBack(one: SettingsFact, queue: string | null | undefined): SettingsFact {
  if (queue === undefined) return one;
  const { [DEFAULT_QUEUE_KEY]: _now, ...others } = one.values;
  return { ...one, values: queue === null ? others : { ...others, [DEFAULT_QUEUE_KEY]: queue } };
}

/** Where a cluster, or what settings named, was before an unfinished rollout. */
export const SOURCE = "unfinished apply";
