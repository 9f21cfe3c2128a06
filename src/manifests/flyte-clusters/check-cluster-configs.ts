import type { FlyteClusterConfig, FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { type ClusterFinding, CONFIGS_PATH } from "./cluster-finding.ts";
import {
  CREDENTIALS_FOLDER,
  createFindMounted,
  type FindMounted,
  listCredentialPaths,
  type MountedFile,
} from "./credentials-volume.ts";
import { findEndpointMistake, hasPlaceholder } from "./read-endpoint.ts";

/** Mistakes in single clusters, and between two of them. */
export function checkClusterConfigs(value: FlyteClusters): readonly ClusterFinding[] {
  const findMounted = createFindMounted(value);
  return [
    ...value.cluster_configs.flatMap((cluster, index) => [
      ...checkEndpoint(cluster, index),
      ...checkCredentials(findMounted, cluster, index),
      ...checkInCluster(cluster, index),
    ]),
    ...checkNames(value),
    ...checkCopies(value),
    ...checkEnabled(value),
  ];
}

function checkNames({ cluster_configs }: FlyteClusters): readonly ClusterFinding[] {
  const seen = new Set<string>();
  return cluster_configs.flatMap(({ name }, index): readonly ClusterFinding[] => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const summary = `Two clusters are named ${quoteText(name)}: flyteadmin fails to start`;
    return [
      { code: "duplicate-cluster-name", path: [...CONFIGS_PATH, index, "name"], part: "value", summary },
    ] as const;
  });
}

function checkEnabled({ cluster_configs, label_cluster_map }: FlyteClusters): readonly ClusterFinding[] {
  if (cluster_configs.length === 0) {
    if (label_cluster_map.length === 0) return [];
    const summary = "Labels without clusters: flyteadmin ignores every label";
    return [{ code: "labels-without-clusters", path: CONFIGS_PATH, part: "key", summary }];
  }
  if (cluster_configs.some(({ enabled }) => enabled)) return [];
  return [
    {
      code: "no-enabled-cluster",
      path: CONFIGS_PATH,
      part: "key",
      summary: "No cluster is enabled: flyteadmin fails to start",
    },
  ];
}

function checkEndpoint(cluster: FlyteClusterConfig, index: number): readonly ClusterFinding[] {
  if (cluster.in_cluster) return [];
  const place = { path: [...CONFIGS_PATH, index, "endpoint"], part: "value" } as const;
  const name = quoteText(cluster.name);
  if (cluster.endpoint === null) {
    if (!cluster.enabled) return [];
    return [{ ...place, code: "bad-endpoint", summary: `Cluster ${name} is enabled but has no endpoint` }];
  }
  const mistake = findEndpointMistake(cluster.endpoint);
  if (mistake !== undefined)
    return [{ ...place, code: "bad-endpoint", summary: `The endpoint of cluster ${name} ${mistake}` }];
  if (!hasPlaceholder(cluster.endpoint)) return [];
  return [{ ...place, code: "placeholder-left", summary: `The endpoint of cluster ${name} is still a placeholder` }];
}

function checkCredentials(
  findMounted: FindMounted,
  cluster: FlyteClusterConfig,
  index: number,
): readonly ClusterFinding[] {
  if (cluster.in_cluster) return [];
  const name = quoteText(cluster.name);
  const auth = [...CONFIGS_PATH, index, "auth"];
  const missing = [
    cluster.token_path === null ? ["tokenPath"] : [],
    cluster.cert_path === null ? ["certPath"] : [],
  ].flat();
  if (missing.length > 0) {
    const summary = `Cluster ${name} has no ${missing.join(" and no ")}: flyteadmin fails to start`;
    return [{ code: "missing-credentials", path: auth, part: "key", summary }];
  }
  const mounted = listCredentialPaths(cluster).flatMap((path) => checkMounted(findMounted(path), cluster, path, auth));
  if (cluster.enabled) return mounted;
  const summary = `Cluster ${name} is disabled, but flyteadmin still reads its token and CA`;
  return [...mounted, { code: "disabled-cluster-reads-files", path: auth, part: "key", summary }];
}

/** Keys that a Secret can have. */
const SECRET_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

function checkMounted(
  file: MountedFile | undefined,
  cluster: FlyteClusterConfig,
  path: string,
  auth: readonly (string | number)[],
): readonly ClusterFinding[] {
  const place = {
    path: [...auth, path === cluster.token_path ? "tokenPath" : "certPath"],
    part: "value",
  } as const;
  const of = `of cluster ${quoteText(cluster.name)}`;
  if (file === undefined) {
    const summary = `The file ${quoteText(path)} ${of} is in no volume of flyteadmin`;
    return [{ ...place, code: "credentials-not-mounted", summary }];
  }
  if (file.secret !== null && !SECRET_KEY.test(file.key)) {
    const summary = `The file ${quoteText(path)} ${of} can't come from a Secret: ${quoteText(file.key)} is not a valid key`;
    return [{ ...place, code: "credentials-not-mounted", summary }];
  }
  if (path.startsWith(`${CREDENTIALS_FOLDER}/`)) return [];
  const summary = `The file ${quoteText(path)} ${of} is outside ${CREDENTIALS_FOLDER}, which the chart's sync deployment mounts`;
  return [{ ...place, code: "credentials-not-for-sync", summary }];
}

function checkInCluster(cluster: FlyteClusterConfig, index: number): readonly ClusterFinding[] {
  const unread = [
    cluster.endpoint === null ? [] : ["endpoint"],
    cluster.token_path === null ? [] : ["auth.tokenPath"],
    cluster.cert_path === null ? [] : ["auth.certPath"],
  ].flat();
  if (!cluster.in_cluster || unread.length === 0) return [];
  const summary = `Cluster ${quoteText(cluster.name)} is inCluster, so its ${unread.join(", ")} are not read`;
  return [{ code: "in-cluster-ignores", path: [...CONFIGS_PATH, index, "inCluster"], part: "key", summary }];
}

/** Two clusters with one endpoint or one file are a copy that was not finished; two that are inCluster are one and the same. */
function checkCopies({ cluster_configs }: FlyteClusters): readonly ClusterFinding[] {
  const fields = [
    ["endpoint", (cluster: FlyteClusterConfig) => (cluster.in_cluster ? null : cluster.endpoint)],
    ["inCluster", (cluster: FlyteClusterConfig) => (cluster.in_cluster ? "true" : null)],
    ["auth.tokenPath", (cluster: FlyteClusterConfig) => (cluster.in_cluster ? null : cluster.token_path)],
    ["auth.certPath", (cluster: FlyteClusterConfig) => (cluster.in_cluster ? null : cluster.cert_path)],
  ] as const;
  return fields.flatMap(([field, read]) => {
    const first = new Map<string, string>();
    const told = new Set<string>();
    return cluster_configs.flatMap((cluster, index): readonly ClusterFinding[] => {
      const text = read(cluster);
      if (text === null) return [];
      const other = first.get(text);
      first.set(text, other ?? cluster.name);
      if (other === undefined || other === cluster.name) return [];
      // A name that is there twice makes no second pair of it.
      const pair = JSON.stringify([other, cluster.name]);
      if (told.has(pair)) return [];
      told.add(pair);
      const path = [...CONFIGS_PATH, index, ...field.split(".")];
      const summary = `Clusters ${quoteText(other)} and ${quoteText(cluster.name)} have the same ${field}`;
      return [{ code: "copied-cluster", path, part: "value", summary }];
    });
  });
}
