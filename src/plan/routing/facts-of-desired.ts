import { ATTRIBUTES_KINDS, type Kind, mapKinds } from "../../kinds/registry.ts";
import { type Address, formatAddress } from "../../model/address.ts";
import { formatAttributesScope } from "../../model/objects/attributes.ts";
import type { Desired, DesiredAttributes, DesiredSettings } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, formatScope, type SettingValues, UNSET } from "../../model/objects/settings.ts";
import { describeLabelMap, type LoadedFlyteClusters } from "./describe-label-map.ts";
import { describePoolMaps, factsOfLive } from "./facts-of-live.ts";
import { findPlaces } from "./find-places.ts";
import { findSystems } from "./find-systems.ts";
import { type NameOf, SAME_NAME } from "./name-of.ts";
import type { LabelMapFact, RoutingFacts, RowFact, SettingsFact } from "./routing-facts.ts";
import { formatSource } from "./routing-facts.ts";
import { ignores, wantClusters } from "./want-clusters.ts";
import { wantQueues } from "./want-queues.ts";

/** What is known beside manifests and live state. */
export interface DesiredOptions {
  /** Default: names are what manifests say. */
  readonly nameOf?: NameOf;
  /**
   * What is live and will go: `KIND.NAME` with the name in the control plane, for example `queue.batch`; of rows the address.
   * Default: nothing goes.
   */
  readonly gone?: ReadonlySet<string>;
  /** Keys of settings that will go, by the address of their scope; none that its manifest declares. Default: none. */
  readonly cleared?: ReadonlyMap<string, readonly string[]>;
  /** Objects that a plan leaves out: they stay as they are live. Default: none. */
  readonly left?: ReadonlySet<Address>;
  /** What flyteadmin has loaded, for when no manifest says what it is to load. Default: unknown. */
  readonly flyteClusters?: LoadedFlyteClusters | null;
}

/**
 * What routing will depend on once everything is as the manifests want it: their objects, over what is live, not named by them and
 * not gone. Without a live state: the manifests alone. Fields of `ignore_changes` stay as they are live.
 */
export function factsOfDesired(all: Desired, live: LiveState | null, options: DesiredOptions = {}): RoutingFacts {
  const { nameOf = SAME_NAME, gone = new Set<string>(), cleared = new Map(), flyteClusters = null } = options;
  const desired = leaveOut(all, options.left ?? new Set());
  const now = live === null ? NOTHING_LIVE : factsOfLive(live, [], flyteClusters, nameOf);
  const isGone = (kind: Kind, name: string) => gone.has(formatAddress(kind, name));
  const kept: RoutingFacts = {
    ...now,
    clusters: now.clusters.filter(({ name }) => !isGone("cluster", name)),
    queues: now.queues.filter(({ name }) => !isGone("queue", name)),
    settings: now.settings.map((own) => clearKeys(own, cleared.get(addressOfSettings(own, live?.org)) ?? [])),
    pool_attributes: keepRows(now.pool_attributes, "cluster_pool_attributes", gone),
    labels: keepRows(now.labels, "execution_cluster_label", gone),
  };
  const facts = {
    clusters: wantClusters(desired, kept, live, nameOf),
    queues: wantQueues(desired, kept, live, nameOf),
    settings: wantSettings(desired, kept, nameQueues(all, nameOf)),
    unreadable_scopes: now.unreadable_scopes,
    pool_attributes: wantRows(desired.rows.cluster_pool_attributes, kept.pool_attributes, (pool) =>
      nameOf("cluster_pool", pool),
    ),
    pool_map: describePoolMaps(desired.pool_maps, nameOf),
    known_pools: [...new Set(now.clusters.map(({ pool }) => pool))],
    labels: wantRows(desired.rows.execution_cluster_label, kept.labels, (label) => label),
    label_map: wantLabelMap(desired, kept.label_map),
  };
  const places = findPlaces(live?.flyteadmin ?? null, facts);
  return { state: "desired", systems: findSystems(facts, live), ...facts, places };
}

/** Maps of pools stay: no server reports them, so that both states have those of the manifests. */
function leaveOut(desired: Desired, left: ReadonlySet<Address>): Desired {
  if (left.size === 0) return desired;
  const keep = <Object extends { readonly address: Address }>(objects: readonly Object[]) =>
    objects.filter(({ address }) => !left.has(address));
  return {
    ...desired,
    pools: keep(desired.pools),
    clusters: keep(desired.clusters),
    queues: keep(desired.queues),
    settings: keep(desired.settings),
    flyte_clusters: keep(desired.flyte_clusters),
    rows: mapKinds(ATTRIBUTES_KINDS, (kind) => keep(desired.rows[kind])),
  };
}

const NOTHING_LIVE: RoutingFacts = {
  state: "live",
  systems: [],
  queues: [],
  clusters: [],
  settings: [],
  unreadable_scopes: [],
  pool_attributes: [],
  pool_map: [],
  known_pools: [],
  labels: [],
  label_map: null,
  places: [],
};

function addressOfSettings({ scope }: SettingsFact, org = ""): string {
  const rest = formatScope(scope);
  return formatAddress("settings", rest === "" ? org : `${org}/${rest}`);
}

function clearKeys(settings: SettingsFact, keys: readonly string[]): SettingsFact {
  const kept = Object.entries(settings.values).filter(([key]) => !keys.includes(key));
  return keys.length === 0 ? settings : { ...settings, values: Object.fromEntries(kept) };
}

function keepRows(rows: readonly RowFact[], kind: DesiredAttributes["kind"], gone: ReadonlySet<string>) {
  return rows.filter(({ scope }) => !gone.has(formatAddress(kind, formatAttributesScope(scope))));
}

function wantRows(
  wanted: readonly DesiredAttributes[],
  live: readonly RowFact[],
  nameOf: (value: string) => string,
): readonly RowFact[] {
  const rows = new Map(live.map((row) => [formatAttributesScope(row.scope), row]));
  for (const { scope, value, source, lifecycle } of wanted) {
    const key = formatAttributesScope(scope);
    const isLeft = rows.has(key) && lifecycle.ignore_changes.length + (lifecycle.left?.length ?? 0) > 0;
    if (!isLeft) rows.set(key, { scope, value: nameOf(value), source: formatSource(source) });
  }
  return [...rows.values()];
}

/** Several manifests are of several Flyte control planes: which of them this flyteadmin is is unknown. */
function wantLabelMap({ flyte_clusters: wanted }: Desired, live: LabelMapFact | null): LabelMapFact | null {
  const [first, ...others] = wanted;
  if (first === undefined) return live;
  if (others.length > 0) return null;
  return describeLabelMap({ value: first.value, source: formatSource(first.source) });
}

/** Settings once manifests have their way: declared keys over live ones, and over none where the manifest says it all. */
function wantSettings(
  desired: Desired,
  kept: Pick<RoutingFacts, "settings">,
  queueOf: (name: string) => string,
): readonly SettingsFact[] {
  const settings = new Map(kept.settings.map((own) => [formatScope(own.scope), own]));
  for (const wanted of desired.settings) {
    const key = formatScope(wanted.scope);
    settings.set(key, mergeSettings(wanted, settings.get(key), queueOf));
  }
  return [...settings.values()];
}

/** What a queue that settings name is called: one of its own, or that of a cluster. */
function nameQueues(desired: Desired, nameOf: NameOf): (name: string) => string {
  const queueNames = new Set(desired.queues.map(({ name }) => name));
  const clusterNames = new Set(desired.clusters.map(({ name }) => name));
  return (name) => (!queueNames.has(name) && clusterNames.has(name) ? nameOf("cluster", name) : nameOf("queue", name));
}

function mergeSettings(
  wanted: DesiredSettings,
  live: SettingsFact | undefined,
  queueOf: (name: string) => string,
): SettingsFact {
  const { scope, authoritative, source } = wanted;
  const isLeft = (key: string) => live !== undefined && (ignores(wanted, key) || leavesSetting(wanted, key));
  const values: SettingValues = Object.fromEntries(Object.entries(wanted.values).filter(([key]) => !isLeft(key)));
  const there = Object.entries(live?.values ?? {}).filter(([key]) => !authoritative || isLeft(key));
  const declared = values[DEFAULT_QUEUE_KEY];
  const named = declared === undefined || declared === UNSET ? {} : { [DEFAULT_QUEUE_KEY]: queueOf(String(declared)) };
  const isOurs = declared !== undefined || authoritative || live === undefined;
  return {
    scope,
    values: { ...Object.fromEntries(there), ...values, ...named },
    source: isOurs ? formatSource(source) : live.source,
  };
}

/** Whether a plan leaves a setting as it is live. */
function leavesSetting({ lifecycle }: DesiredSettings, key: string): boolean {
  return lifecycle.left?.some(([, ...path]) => path.length === 0 || path[0] === key) ?? false;
}
