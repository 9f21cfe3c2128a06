import type { ClusterStatus, PoolStatus, QueueStatus, Status } from "./describe-status.ts";
import type { Paint } from "./paint.ts";

/** A control plane as it is now, for people: pools, clusters (enabled and disabled apart), queues. */
export function renderStatusText(status: Status, paint: Paint): string {
  const { enabled, disabled } = status.clusters;
  const sections = [
    `${status.endpoint} (org ${status.org}, generation ${status.generation})`,
    renderTable(
      paint.strong("Cluster pools"),
      ["NAME", "OBJECT STORE", "SECRET STORE", "CLUSTERS"],
      status.pools.map(poolRow),
    ),
    renderTable(paint.strong("Clusters, enabled"), CLUSTER_HEAD, enabled.map(clusterRow)),
    renderTable(paint.strong("Clusters, disabled"), CLUSTER_HEAD, disabled.map(clusterRow)),
    renderReasons([...enabled, ...disabled], paint),
    renderTable(
      paint.strong("Queues"),
      ["NAME", "POOL", "STATE", "ROUTES TO", "AVAILABLE", "RUNS", "ACTIONS", "WAITING"],
      status.queues.map(queueRow),
    ),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const CLUSTER_HEAD = ["NAME", "POOL", "STATE", "HEALTH", "CPU", "MEMORY", "GPU", "QUEUES", "CONFIG"];

function poolRow({ name, object_store, secret_store, member_clusters }: PoolStatus): readonly string[] {
  return [name, object_store, secret_store, list(member_clusters)];
}

function clusterRow(cluster: ClusterStatus): readonly string[] {
  const { name, pool, state, health, capacity, queues, config_in_sync } = cluster;
  const figures =
    capacity === null ? ["-", "-", "-"] : [`${capacity.cpu}`, `${capacity.memory_mb} MB`, `${capacity.gpu}`];
  return [name, pool, state, health, ...figures, list(queues), config_in_sync ? "in sync" : "not synced"];
}

function queueRow({ name, pool, state, clusters, available_clusters, in_flight }: QueueStatus): readonly string[] {
  const figures =
    in_flight === null
      ? ["?", "?", "?"]
      : [in_flight.runs_in_flight, in_flight.actions_in_flight, in_flight.current_depth].map(String);
  return [name, pool, state, list(clusters), list(available_clusters), ...figures];
}

function renderReasons(clusters: readonly ClusterStatus[], paint: Paint): string {
  const lines = clusters.flatMap(({ name, unhealthy_reasons }) =>
    unhealthy_reasons.map((reason) => paint.change(`  ${name}: ${reason}`)),
  );
  return lines.length === 0 ? "" : ["Unhealthy, because:", ...lines].join("\n");
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "-";
  return names.length > 4 ? `${names.slice(0, 4).join(",")},+${names.length - 4}` : names.join(",");
}

function renderTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return [title, line(head), ...rows.map(line)].join("\n");
}
