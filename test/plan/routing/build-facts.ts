import { parseAttributesScope } from "../../../src/model/objects/attributes.ts";
import { ROUTE_SYSTEMS } from "../../../src/plan/routing/route.ts";
import type {
  ClusterFact,
  LabelMapFact,
  QueueFact,
  RoutingFacts,
  RowFact,
  SettingsFact,
} from "../../../src/plan/routing/routing-facts.ts";

/** Facts of a live state in which only the given ones are known; every system answers. */
export function buildFacts(known: Partial<RoutingFacts> = {}): RoutingFacts {
  return {
    state: "live",
    systems: ROUTE_SYSTEMS,
    queues: [],
    clusters: [],
    settings: [settings(""), settings("dev"), settings("dev/ml")],
    unreadable_scopes: [],
    pool_attributes: [],
    pool_map: [],
    known_pools: [],
    labels: [],
    label_map: null,
    places: [],
    ...known,
  };
}

export function cluster(name: string, pool: string, more: Partial<ClusterFact> = {}): ClusterFact {
  return { name, pool, in_service: true, healthy: true, bucket: `s3://${pool}`, source: `cluster ${name}`, ...more };
}

export function queue(name: string, pool: string, clusters: readonly string[], active = true): QueueFact {
  return { name, pool, clusters, active, source: `queue ${name}` };
}

/** Settings of `DOMAIN[/PROJECT]`, with a default queue or without. */
export function settings(scope: string, defaultQueue?: string): SettingsFact {
  const [domain = "", project = null] = scope.split("/");
  const values = defaultQueue === undefined ? {} : { "run.default_queue": defaultQueue };
  return { scope: { domain: domain === "" ? null : domain, project }, values, source: `settings ${scope}` };
}

/** A row of `PROJECT[/DOMAIN[/WORKFLOW]]`. */
export function row(scope: string, value: string): RowFact {
  return { scope: parseAttributesScope(scope), value, source: `row ${scope}` };
}

/** A label map: labels with weights by cluster; clusters named in `disabled` are configured and off. */
export function labelMap(
  labels: Readonly<Record<string, Readonly<Record<string, number>>>>,
  enabled: readonly string[],
  defaultLabel: string | null = null,
): LabelMapFact {
  return {
    labels: Object.entries(labels).map(([label, weights]) => ({
      label,
      entries: Object.entries(weights).map(([id, weight]) => ({ id, weight, enabled: enabled.includes(id) })),
      ambiguous: false,
    })),
    default_label: defaultLabel,
    enabled,
    single_cluster: false,
    source: "values.yaml:1",
  };
}
