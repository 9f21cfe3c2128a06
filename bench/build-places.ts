import type { AttributesRow } from "../src/model/objects/attributes.ts";
import type { FlyteClusters } from "../src/model/objects/flyte-clusters.ts";
import type { LiveFlyteadmin, LivePlaces, ScopedSettings } from "../src/model/objects/live.ts";
import { UNION_ONLY } from "../src/model/objects/live.ts";
import { buildWorld } from "./build-world.ts";

const DOMAINS = ["development", "production"];

/** Settings, attributes and labels of as many project-domains, which use the queues and pools of a world of `objects` objects. */
export function placeProjects(size: number, objects: number): LivePlaces {
  const { pools, queues } = buildWorld(objects);
  const projects = Array.from({ length: Math.ceil(size / DOMAINS.length) }, (_, index) => `project-${index}`);
  const rows = projects.flatMap((project, index): readonly AttributesRow[] => [
    rowOf("execution_cluster_label", project, index % 2 === 0 ? "production" : null, `label-${index % 20}`),
    rowOf("cluster_pool_attributes", project, null, pools[index % pools.length] ?? "default"),
  ]);
  const settings = projects.map((project, index): ScopedSettings => {
    const values = index % 2 === 0 ? { "run.default_queue": queues[index % queues.length]?.name ?? "default" } : {};
    return { scope: { domain: "production", project }, version: "1", values, unknown: [] };
  });
  const flyteadmin: LiveFlyteadmin = {
    endpoint: "http://127.0.0.1:8",
    rows,
    projects: projects.map((id) => ({ id, name: id, domains: DOMAINS, state: "active" })),
    domains: DOMAINS,
  };
  return {
    ...UNION_ONLY,
    systems: { ...UNION_ONLY.systems, settings: "read", flyteadmin: "read" },
    settings,
    flyteadmin,
  };
}

/** Ten clusters of Flyte, and a label for every second of the labels that the projects have. */
export function buildFlyteClusters(): FlyteClusters {
  const names = Array.from({ length: 10 }, (_, index) => `dataplane_${index}`);
  return {
    name: "flyte",
    cluster_configs: names.map((name) => {
      return { name, endpoint: null, enabled: true, in_cluster: false, token_path: null, cert_path: null };
    }),
    label_cluster_map: names.map((id, index) => ({
      label: `label-${index * 2}`,
      entries: [
        { id, weight: 0.7 },
        { id: names[(index + 1) % names.length] ?? id, weight: 0.3 },
      ],
    })),
    label_map_form: "map",
    default_execution_label: "label-0",
    volumes: [],
    volume_mounts: [],
    delivery: {
      path: "flyte",
      namespace: "flyte",
      secrets: "placeholder",
      secret_store: null,
      remote_key: "{cluster}",
    },
    rest: {},
  };
}

function rowOf(kind: AttributesRow["kind"], project: string, domain: string | null, value: string): AttributesRow {
  return { kind, scope: { project, domain, workflow: null }, launch_plan: null, value };
}
