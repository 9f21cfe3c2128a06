import type { AttributesKind } from "../../src/kinds/registry.ts";
import { parseAttributesScope } from "../../src/model/objects/attributes.ts";
import {
  CAPABILITIES,
  type Generation,
  type LastChange,
  type LifecycleState,
  type LiveCluster,
  type LivePlaces,
  type LivePool,
  type LiveQueue,
  type LiveState,
  type ScopeListStatus,
  type SystemStatus,
  UNION_ONLY,
} from "../../src/model/objects/live.ts";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import { type PoolConfig, QUEUE_DEFAULTS, type QueueSpec } from "../../src/model/objects/spec.ts";
import { maskCredentials } from "../../src/model/secrets/mask-credentials.ts";

/** Who changed it last, and when (quoted); left out: nobody tells. */
type ToldNote = Partial<LastChange>;

/** A live pool as a case writes it; nothing at all is a pool with a bucket of its name. */
export interface PoolNote extends ToldNote {
  readonly config?: Partial<PoolConfig>;
  readonly deleted?: boolean;
}

/** A live cluster: active, healthy, in pool `default`, without apps, and declaring its pool's contract unless it says otherwise. */
export interface ClusterNote extends ToldNote {
  readonly pool?: string;
  readonly state?: LifecycleState;
  readonly health?: LiveCluster["health"];
  readonly unhealthy_reasons?: readonly string[];
  readonly enabled?: boolean;
  /** What its operator declares where that is not its pool's config; null: it has not reported. */
  readonly data_plane?: Partial<PoolConfig> | null;
  readonly apps?: boolean;
}

/** A live queue: active, `*` of pool `default`, 1 run and 2 actions at a time unless it says otherwise. */
export interface QueueNote extends ToldNote, Partial<Omit<QueueSpec, "cluster_pool">> {
  readonly pool?: string;
  readonly state?: LifecycleState;
}

/** What stands in places. A system is read as soon as something of it is named here, and as `systems` says in any case. */
export interface PlacesNote {
  readonly systems?: Partial<Record<"union" | "settings" | "flyteadmin" | "delivery", SystemStatus>>;
  /** Values by scope: "", `DOMAIN` or `DOMAIN/PROJECT`. */
  readonly settings?: Readonly<Record<string, SettingValues>>;
  /** Whether the settings of every project were looked at. Default: `read`. */
  readonly scope_list?: ScopeListStatus;
  /** Scopes, as in `settings`, that the token may not read. */
  readonly unreadable_scopes?: readonly string[];
  /** Values by kind and scope; `SCOPE@NAME` is that of a launch plan. */
  readonly rows?: Partial<Record<AttributesKind, Readonly<Record<string, string>>>>;
  /** States by project; each has the domains development, staging and production. Default: `team1` is active. */
  readonly projects?: Readonly<Record<string, string>>;
  /** Texts by path, by the object that they were delivered for. */
  readonly delivered?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The live side of a case. Queue `default`, pool `default` and co-named queues are there without a word; null takes one away. */
export interface LiveNote extends PlacesNote {
  readonly generation: Generation;
  readonly pools?: Readonly<Record<string, PoolNote | null>>;
  readonly clusters?: Readonly<Record<string, ClusterNote | null>>;
  readonly queues?: Readonly<Record<string, QueueNote | null>>;
}

/** The live state that a note describes, records sorted by name as a reader gives them. */
export function buildLive(note: LiveNote): LiveState {
  const pools = Object.entries({ default: {}, ...note.pools }).map(([name, pool]) => buildPool(name, pool ?? {}));
  const notes = Object.entries(note.clusters ?? {});
  const clusters = notes.map(([name, cluster]) => buildCluster(name, cluster ?? {}, pools, note.generation));
  return {
    org: "acme",
    endpoint: "https://acme.example.com",
    capabilities: CAPABILITIES[note.generation],
    ...buildPlaces(note),
    pools: pools.sort(byName),
    clusters: clusters.sort(byName),
    queues: buildQueues(note, clusters).sort(byName),
  };
}

const DOMAINS = ["development", "staging", "production"];

function buildPlaces({
  systems,
  settings,
  scope_list,
  unreadable_scopes,
  rows,
  projects,
  delivered,
}: LiveNote): LivePlaces {
  const readIf = (note: object | undefined): SystemStatus => (note === undefined ? "absent" : "read");
  const status = {
    union: "read" as const,
    settings: readIf(settings),
    flyteadmin: readIf(rows ?? projects),
    delivery: readIf(delivered),
    ...systems,
  };
  return {
    systems: status,
    settings: Object.entries(settings ?? {}).map(([scope, values]) => buildSettings(scope, values ?? {})),
    scope_list: scope_list ?? "read",
    unreadable_scopes: (unreadable_scopes ?? []).map(parseScope),
    flyteadmin: status.flyteadmin === "read" ? buildFlyteadmin(rows, projects) : UNION_ONLY.flyteadmin,
    delivery: status.delivery === "read" ? "/srv/output" : null,
    delivered: Object.entries(delivered ?? {}).map(([name, files]) => ({
      name,
      files: Object.entries(files ?? {}).map(([path, text]) => ({ path, text })),
    })),
  };
}

function buildSettings(scope: string, values: SettingValues) {
  const version = Object.keys(values).length === 0 ? "0" : "7";
  return { scope: parseScope(scope), version, values, unknown: [] };
}

function parseScope(scope: string) {
  const [domain = null, project = null] = scope === "" ? [] : scope.split("/");
  return { domain, project };
}

function buildFlyteadmin(rows: PlacesNote["rows"] = {}, projects: PlacesNote["projects"] = { team1: "active" }) {
  return {
    endpoint: "https://flyte.example.com",
    projects: Object.entries(projects).map(([id, state]) => ({ id, name: id, domains: DOMAINS, state })),
    domains: DOMAINS,
    rows: buildRows(rows),
  };
}

/** Rows as flyteadmin lists them. */
export function buildRows(rows: NonNullable<PlacesNote["rows"]>) {
  return (Object.keys(rows) as AttributesKind[]).flatMap((kind) =>
    Object.entries(rows[kind] ?? {}).map(([place, value]) => {
      const [scope = "", launch_plan = null] = place.split("@");
      return { kind, scope: parseAttributesScope(scope), launch_plan, value };
    }),
  );
}

function buildPool(name: string, note: PoolNote): LivePool {
  const config: PoolConfig = {
    object_store_ref: { uri: `s3://${name}`, endpoint: "" },
    secret_store: { type: "KUBERNETES", locator: "" },
    image_registry: null,
    ...note.config,
  };
  return { kind: "cluster_pool", name, config, deleted: note.deleted ?? false, ...buildTold(note) };
}

function buildCluster(
  name: string,
  note: ClusterNote,
  pools: readonly LivePool[],
  generation: Generation,
): LiveCluster {
  const pool = note.pool ?? "default";
  const contract = pools.find((record) => record.name === pool)?.config;
  if (contract === undefined) throw new Error(`live.yaml: cluster ${name} is in pool ${pool}, which is not there`);
  const states = CAPABILITIES[generation].cluster_state;
  return {
    kind: "cluster",
    name,
    pool,
    state: note.state ?? "active",
    generation: states ? "3" : "0",
    health: note.health ?? "healthy",
    unhealthy_reasons: (note.unhealthy_reasons ?? []).map(maskCredentials),
    enabled: note.enabled ?? true,
    data_plane: note.data_plane === null ? null : { ...contract, ...note.data_plane },
    queues: [name],
    drained: states ? { runs: note.state === "drained", apps: note.apps !== true } : null,
    capacity: null,
    assigned_config: "",
    synced_config: "",
    ...buildTold(note),
  };
}

function buildQueues(note: LiveNote, clusters: readonly LiveCluster[]): LiveQueue[] {
  const own = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  const names = new Set(["default", ...own.keys(), ...Object.keys(note.queues ?? {})]);
  return [...names].flatMap((name) => {
    const queue = note.queues?.[name];
    return queue === null ? [] : [buildQueue(name, queue ?? {}, own.get(name), note.generation)];
  });
}

function buildQueue(
  name: string,
  { pool, state, changed_by = null, changed_at = null, ...spec }: QueueNote,
  cluster: LiveCluster | undefined,
  generation: Generation,
): LiveQueue {
  const { co_named_managed, queue_capacity } = CAPABILITIES[generation];
  const made = cluster !== undefined || name === "default";
  const defaults = { ...QUEUE_DEFAULTS, ...(made && queue_capacity ? { scheduling: "unspecified" } : {}) };
  return {
    kind: "queue",
    name,
    spec: {
      ...defaults,
      cluster_pool: pool ?? cluster?.pool ?? "default",
      clusters: cluster === undefined ? ["*"] : [name],
      run_concurrency: made ? 0 : 1,
      action_concurrency: made ? 0 : 2,
      ...spec,
    },
    state: state ?? cluster?.state ?? "active",
    generation: co_named_managed ? "3" : "0",
    cluster_managed: cluster !== undefined && co_named_managed,
    available_clusters: [],
    changed_by,
    changed_at,
  };
}

function buildTold({ changed_by = null, changed_at = null }: ToldNote): LastChange {
  return { changed_by, changed_at };
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}
