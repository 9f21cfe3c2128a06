import { cutNames } from "../text/cut-list.ts";
import type { Paint } from "../text/paint.ts";
import { type Cell, renderTable } from "../text/render-table.ts";
import { join, joinSections, type Part, type Shown, shown } from "../text/shown-text.ts";
import type { ClusterStatus, PoolStatus, QueueStatus, Status } from "./describe-status.ts";
import { renderFlyteadmin, renderPlaces } from "./render-places-text.ts";

/** A control plane as it is now, for people: pools, clusters (enabled and disabled apart), queues, settings, rows. */
export function renderStatusText(status: Status, paint: Paint): Shown {
  const { enabled, disabled } = status.clusters;
  const clusters = (title: string, rows: readonly ClusterStatus[]) =>
    renderTable(
      title,
      CLUSTER_HEAD,
      rows.map((row) => clusterRow(row, paint)),
      paint,
    );
  const queues = status.queues.map((queue) => queueRow(queue, paint));
  const sections = [
    join([renderUnion(status), renderFlyteadmin(status)].filter((line) => String(line) !== "")),
    renderTable("Cluster pools", POOL_HEAD, status.pools.map(poolRow), paint),
    clusters("Clusters, enabled", enabled),
    clusters("Clusters, disabled", disabled),
    renderReasons([...enabled, ...disabled], paint),
    renderTable("Queues", QUEUE_HEAD, queues, paint),
    ...renderPlaces(status, paint),
  ];
  return joinSections(sections);
}

function renderUnion({ systems, endpoint, org, generation }: Status): string {
  return systems.union === "absent" ? "" : `${endpoint} (org ${org}, generation ${generation})`;
}

const POOL_HEAD = ["NAME", "OBJECT STORE", "SECRET STORE", "CLUSTERS"];
const CLUSTER_HEAD = ["NAME", "POOL", "STATE", "HEALTH", "CPU", "MEMORY", "GPU", "CONFIG", "QUEUES"];
const QUEUE_HEAD = ["NAME", "POOL", "STATE", "RUNS", "ACTIONS", "WAITING", "ROUTES TO", "AVAILABLE"];

function poolRow({ name, object_store, secret_store, member_clusters }: PoolStatus): readonly Cell[] {
  return [name, object_store, secret_store, listNames(member_clusters)].map((text) => ({ text }));
}

function clusterRow(cluster: ClusterStatus, paint: Paint): readonly Cell[] {
  const { name, pool, state, health, capacity, queues, config_in_sync } = cluster;
  const figures =
    capacity === null ? ["-", "-", "-"] : [`${capacity.cpu}`, formatMebibytes(capacity.memory_mb), `${capacity.gpu}`];
  return [
    { text: name },
    { text: pool },
    { text: state, colour: stateColour(state, paint) },
    { text: health, colour: healthColour(health, paint) },
    ...figures.map((text) => ({ text })),
    config_in_sync ? { text: "in sync" } : { text: "not synced", colour: paint.change },
    { text: listNames(queues) },
  ];
}

function queueRow({ name, pool, state, clusters, available_clusters, in_flight }: QueueStatus, paint: Paint) {
  const figures =
    in_flight === null
      ? ["?", "?", "?"]
      : [in_flight.runs_in_flight, in_flight.actions_in_flight, in_flight.current_depth].map(String);
  const nowhere = available_clusters.length === 0;
  return [
    { text: name },
    { text: pool },
    { text: state, colour: stateColour(state, paint) },
    ...figures.map((text) => ({ text })),
    { text: listNames(clusters) },
    nowhere ? { text: "none", colour: paint.change } : { text: listNames(available_clusters) },
  ];
}

function healthColour(health: string, paint: Paint): (text: Part) => Shown {
  if (health === "healthy") return paint.add;
  return health === "unhealthy" ? paint.destroy : paint.change;
}

function stateColour(state: string, paint: Paint): (text: Part) => Shown {
  return state === "active" ? paint.add : paint.change;
}

function renderReasons(clusters: readonly ClusterStatus[], paint: Paint): Shown {
  const lines = clusters.flatMap(({ name, unhealthy_reasons }) =>
    unhealthy_reasons.map((reason) => shown`  ${name}: ${paint.change(reason)}`),
  );
  return lines.length === 0 ? shown`` : join([paint.strong("Unhealthy, because"), ...lines]);
}

/** Mebibytes, as people read them: `512 MiB`, `62.5 GiB`, `2 TiB`. */
function formatMebibytes(mebibytes: number): string {
  const steps = [
    [1024 * 1024, "TiB"],
    [1024, "GiB"],
  ] as const;
  const [size, unit] = steps.find(([size]) => mebibytes >= size) ?? ([1, "MiB"] as const);
  return `${Math.round((mebibytes / size) * 10) / 10} ${unit}`;
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? "-" : cutNames(names);
}
