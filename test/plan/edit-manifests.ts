import { ATTRIBUTES_KINDS, type AttributesKind } from "../../src/kinds/registry.ts";
import { formatAddress } from "../../src/model/address.ts";
import type {
  Desired,
  DesiredAttributes,
  DesiredFlyteClusters,
  DesiredSettings,
  Lifecycle,
  TextFile,
} from "../../src/model/objects/desired.ts";
import { groupRows, listRows } from "../../src/model/objects/desired.ts";
import type { LiveState } from "../../src/model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { ORG } from "./open-model.ts";
import type { Draw } from "./walk-plan.ts";

const BOUND = { previously: null, lifecycle: LIFECYCLE, source: { file: "places/a.yaml", line: 1 } } as const;

/** Settings of the organization. */
export function desiredSettings(values: DesiredSettings["values"], authoritative = false): DesiredSettings {
  const scope = { domain: null, project: null };
  return {
    ...BOUND,
    kind: "settings",
    address: `settings.${ORG}`,
    name: ORG,
    scope,
    values,
    authoritative,
    sensitive: [],
  };
}

/** The clusters of a Flyte control plane, with the files that are rendered from them. */
function desiredFlyteClusters(files: readonly TextFile[]): DesiredFlyteClusters {
  return {
    ...BOUND,
    kind: "flyte_clusters",
    address: "flyte_clusters.flyte",
    name: "flyte",
    value: {
      name: "flyte",
      cluster_configs: [],
      label_cluster_map: [],
      label_map_form: "map",
      default_execution_label: null,
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
    },
    files,
    sensitive: [],
  };
}

/** What a file of Flyte's clusters may say; a sensitive value is sealed in it. */
const TEXTS = ["dp1", "dp2", `token: (sensitive:${"a".repeat(64)})`, `token: (sensitive:${"b".repeat(64)})`] as const;
const FLYTE_FILES: readonly TextFile[] = [
  { path: "flyte/CHECKLIST.md", text: "dp1" },
  { path: "flyte/values.yaml", text: "dp1" },
];

/** A folder with places beside its pools, clusters and queues: settings, rows of flyteadmin, files of Flyte's clusters. */
export function withPlaces(desired: Desired, draw: Draw): Desired {
  const pool = desired.pools[0]?.name ?? "default";
  const scope = { project: "p", domain: null, workflow: null };
  return {
    ...desired,
    settings: [desiredSettings({ pod_template_name: "t", "run.max_action_concurrency": 1 }, draw(1) === 0)],
    rows: groupRows([
      { ...placed("cluster_pool_attributes", "p"), scope, value: pool },
      { ...placed("execution_cluster_label", "p"), scope, value: "gpu" },
    ]),
    flyte_clusters: [desiredFlyteClusters(FLYTE_FILES)],
  };
}

/** The same folder without them. */
export function withoutPlaces(desired: Desired): Desired {
  return { ...desired, settings: [], rows: groupRows([]), flyte_clusters: [] };
}

function placed(kind: AttributesKind, name: string) {
  return { ...BOUND, kind, name, address: formatAddress(kind, name) };
}

/** What `lifecycle` of each named kind may leave alone. */
const FIELDS = {
  cluster_pool: ["config.secret_store.locator", "config.secret_store", "config.image_registry"],
  cluster: ["pool", "state", "queue", "queue.depth", "queue.run_concurrency"],
  queue: ["run_concurrency", "depth", "clusters", "cluster_pool", "state", "scheduling", "max_resources.cpu"],
} as const;

/** How each kind of manifest may be changed in one thing. */
const EDITS: readonly ((desired: Desired, draw: Draw) => Desired)[] = [
  (desired, draw) => ({ ...desired, pools: change(desired.pools, draw, editPool) }),
  (desired, draw) => ({ ...desired, clusters: change(desired.clusters, draw, editCluster) }),
  (desired, draw) => ({ ...desired, queues: change(desired.queues, draw, editQueue) }),
  (desired, draw) => ({ ...desired, settings: desired.settings.flatMap((one) => editSettings(one, draw)) }),
  (desired, draw) => ({ ...desired, flyte_clusters: change(desired.flyte_clusters, draw, editFlyteClusters) }),
  ...ATTRIBUTES_KINDS.map((kind) => (desired: Desired, draw: Draw) => {
    return { ...desired, rows: { ...desired.rows, [kind]: change(desired.rows[kind], draw, editRow) } };
  }),
];

/** Changes one thing of one object: a value, what its manifest manages, its name, or whether there is one. */
export function editManifests(desired: Desired, draw: Draw): Desired {
  return EDITS[draw(EDITS.length - 1)]?.(desired, draw) ?? desired;
}

/** The same folder changed in one thing, once for each kind of manifest. */
export function editEachKind(desired: Desired, draw: Draw): readonly Desired[] {
  return EDITS.map((edit) => edit(desired, draw));
}

/** Changes one thing that no work depends on: limits, what manifests manage, settings. */
export function editLimits(desired: Desired, draw: Draw): Desired {
  switch (draw(2)) {
    case 0:
      return {
        ...desired,
        clusters: change(desired.clusters, draw, (one) => [{ ...one, queue: { depth: 1 + draw(3) } }]),
      };
    case 1:
      return { ...desired, settings: desired.settings.flatMap((one) => editSettings(one, draw)) };
    default:
      return { ...desired, queues: change(desired.queues, draw, editQueue) };
  }
}

function change<T>(objects: readonly T[], draw: Draw, edit: (object: T, draw: Draw) => readonly T[]): readonly T[] {
  const chosen = draw(Math.max(0, objects.length - 1));
  return objects.flatMap((object, index) => (index === chosen ? edit(object, draw) : [object]));
}

type Bound = {
  readonly name: string;
  readonly address: string;
  readonly lifecycle: Lifecycle;
  readonly previously: string | null;
};

/** What may change in a manifest of any kind and is no value. */
function editBound<T extends Bound & { readonly kind: keyof typeof FIELDS }>(object: T, draw: Draw): readonly T[] {
  const { lifecycle, kind } = object;
  const field = FIELDS[kind][draw(FIELDS[kind].length - 1)] ?? "state";
  const ignored = lifecycle.ignore_changes;
  const ignore_changes = ignored.includes(field) ? ignored.filter((one) => one !== field) : [...ignored, field];
  const name = `${object.name}-new`;
  switch (draw(5)) {
    case 0:
      return [];
    case 1:
      return [{ ...object, lifecycle: { ...lifecycle, prevent_destroy: !lifecycle.prevent_destroy } }];
    case 2:
      return object.name === "default"
        ? [object]
        : [{ ...object, name, address: `${kind}.${name}`, previously: object.name }];
    default:
      return [{ ...object, lifecycle: { ...lifecycle, ignore_changes } }];
  }
}

function editPool(pool: Desired["pools"][number], draw: Draw): Desired["pools"] {
  if (draw(1) === 0) return editBound(pool, draw);
  return [{ ...pool, config: desiredPool(pool.name, `zone-${draw(2)}`).config }];
}

function editCluster(cluster: Desired["clusters"][number], draw: Draw): Desired["clusters"] {
  switch (draw(6)) {
    case 0:
      return [{ ...cluster, pool: ["default", "pa", "pb"][draw(2)] ?? "pa" }];
    case 1:
      return [{ ...cluster, state: cluster.state === "active" ? "drained" : "active" }];
    case 2:
      return [{ ...cluster, queue: draw(2) === 0 ? null : { ...cluster.queue, depth: 1 + draw(3) } }];
    case 3:
      return [{ ...cluster, queue: { run_concurrency: 5 + draw(3) } }];
    case 4:
      return [{ ...cluster, registration: { name: `${cluster.name}-named`, previous: `c${1 + draw(4)}` } }];
    default:
      return editBound(cluster, draw);
  }
}

function editQueue(queue: Desired["queues"][number], draw: Draw): Desired["queues"] {
  const { spec } = queue;
  switch (draw(5)) {
    case 0:
      return [{ ...queue, spec: { ...spec, depth: 1 + draw(4) } }];
    case 1:
      return [{ ...queue, spec: { ...spec, run_concurrency: 1 + draw(2) } }];
    case 2:
      return [{ ...queue, declared: [...queue.declared, "scheduling"] }];
    case 3:
      return [{ ...queue, spec: { ...spec, max_resources: { cpu: String(1 + draw(1)) } } }];
    default:
      return editBound(queue, draw);
  }
}

function editSettings(settings: DesiredSettings, draw: Draw): readonly DesiredSettings[] {
  const { values } = settings;
  switch (draw(3)) {
    case 0:
      return [{ ...settings, authoritative: !settings.authoritative }];
    case 1:
      return [{ ...settings, values: { ...values, "run.max_action_concurrency": 1 + draw(2) } }];
    case 2:
      return [{ ...settings, values: { "run.max_action_concurrency": values["run.max_action_concurrency"] ?? 1 } }];
    default:
      return [{ ...settings, values: { ...values, "security.service_account": "robot" } }];
  }
}

function editRow(row: DesiredAttributes, draw: Draw): readonly DesiredAttributes[] {
  return [{ ...row, value: ["gpu", "cpu", "pa", "pb"][draw(3)] ?? "gpu" }];
}

function editFlyteClusters(clusters: DesiredFlyteClusters, draw: Draw): readonly DesiredFlyteClusters[] {
  const { lifecycle } = clusters;
  switch (draw(5)) {
    case 0:
      return [];
    case 1:
      return [{ ...clusters, lifecycle: { ...lifecycle, prevent_destroy: !lifecycle.prevent_destroy } }];
    case 2:
      return [
        {
          ...clusters,
          address: "flyte_clusters.flyte-new",
          name: "flyte-new",
          previously: "flyte",
          files: FLYTE_FILES,
        },
      ];
    default:
      return [{ ...clusters, files: editFiles(clusters.files, draw) }];
  }
}

/** Another text, a file more or one less; the last one stays. */
function editFiles(files: readonly TextFile[], draw: Draw): readonly TextFile[] {
  const text = TEXTS[draw(TEXTS.length - 1)] ?? "dp1";
  const added = { path: "flyte/secret.yaml", text };
  switch (draw(3)) {
    case 0:
      return files.some(({ path }) => path === added.path) ? files : [...files, added];
    case 1:
      return files.length === 1 ? files : change(files, draw, () => []);
    default:
      return change(files, draw, (file) => [{ ...file, text }]);
  }
}

/** What is live once the places of a folder are as it wants them. */
export function applyPlaces(live: LiveState, desired: Desired): LiveState {
  const { settings, flyte_clusters } = desired;
  return {
    ...live,
    systems: { ...live.systems, settings: "read", flyteadmin: "read", delivery: "read" },
    delivered: flyte_clusters.map(({ name, files }) => ({ name, files })),
    settings: settings.map(({ scope, values }) => ({ scope, values, version: "1", unknown: [] })),
    flyteadmin: {
      endpoint: "http://127.0.0.1:8",
      projects: [{ id: "p", name: "p", domains: [], state: "active" }],
      domains: [],
      rows: listRows(desired).map(({ kind, scope, value }) => ({ kind, scope, launch_plan: null, value })),
    },
  };
}

/** Somebody changes one thing of one live object by hand, or takes the object away. */
export function changeByHand(live: LiveState, draw: Draw): LiveState {
  const { undelete } = live.capabilities;
  const pick = <T>(objects: readonly T[], edit: (object: T) => readonly T[]) => change(objects, draw, edit);
  switch (draw(9)) {
    case 0:
      return {
        ...live,
        queues: pick(live.queues, (queue) => [{ ...queue, spec: { ...queue.spec, depth: 1 + draw(9) } }]),
      };
    case 1:
      return {
        ...live,
        queues: pick(live.queues, (queue) => [{ ...queue, spec: { ...queue.spec, run_concurrency: 1 + draw(9) } }]),
      };
    case 2: {
      const scheduling = live.capabilities.queue_capacity ? "unspecified" : QUEUE_DEFAULTS.scheduling;
      return { ...live, queues: pick(live.queues, (queue) => [{ ...queue, spec: { ...queue.spec, scheduling } }]) };
    }
    case 3:
      return undelete
        ? {
            ...live,
            queues: pick(live.queues, (queue) => [{ ...queue, state: draw(1) === 0 ? "drained" : "deleted" }]),
          }
        : { ...live, queues: pick(live.queues, (queue) => (queue.name === "default" ? [queue] : [])) };
    case 4:
      return undelete
        ? {
            ...live,
            clusters: pick(live.clusters, (cluster) => [{ ...cluster, state: draw(2) === 0 ? "deleted" : "drained" }]),
          }
        : { ...live, clusters: pick(live.clusters, () => []) };
    case 5: {
      const pool = live.pools[draw(live.pools.length - 1)]?.name ?? "default";
      return { ...live, clusters: pick(live.clusters, (cluster) => [{ ...cluster, pool }]) };
    }
    case 6:
      return {
        ...live,
        pools: pick(live.pools, (pool) => [{ ...pool, config: desiredPool(pool.name, `hand-${draw(1)}`).config }]),
      };
    case 7: {
      const values = [
        { pod_template_name: "hand" },
        { "security.service_account": "hand" },
        { "run.max_action_concurrency": 9 },
      ];
      return {
        ...live,
        settings: pick(live.settings, (one) => [{ ...one, values: { ...one.values, ...values[draw(2)] } }]),
      };
    }
    case 8:
      return {
        ...live,
        delivered: pick(live.delivered, (one) => [{ ...one, files: draw(4) === 0 ? [] : editFiles(one.files, draw) }]),
      };
    default: {
      const rows = pick(live.flyteadmin.rows, (row) => (draw(2) === 0 ? [] : [{ ...row, value: "hand" }]));
      return { ...live, flyteadmin: { ...live.flyteadmin, rows } };
    }
  }
}

/** Objects that a commit may add: a cluster, a queue, a pool. */
export function addManifest(desired: Desired, draw: Draw): Desired {
  const name = `added-${draw(1)}`;
  const isThere = [...desired.clusters, ...desired.queues, ...desired.pools].some((object) => object.name === name);
  if (isThere) return desired;
  switch (draw(2)) {
    case 0:
      return { ...desired, clusters: [...desired.clusters, desiredCluster(name, "default")] };
    case 1:
      return { ...desired, queues: [...desired.queues, desiredQueue(name, "default", ["*"])] };
    default:
      return { ...desired, pools: [...desired.pools, desiredPool(name)] };
  }
}
