import type { Json } from "../../model/json/json.ts";
import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { holdsCredential } from "../../model/secrets/find-credentials.ts";
import { checkClusterConfigs } from "./check-cluster-configs.ts";
import { checkLabelCase, type LabelUses } from "./check-label-uses.ts";
import { checkLabels } from "./check-labels.ts";
import { type ClusterFinding, CONFIGS_PATH } from "./cluster-finding.ts";

/**
 * Every trap that the configuration of Flyte's clusters walks into: an error where flyteadmin stops or routing is lost, else a
 * warning. The rules were measured on flyteadmin v1.16.8 and read in the chart flyte-core of that release.
 */
export function checkFlyteClusters(value: FlyteClusters, uses: LabelUses): readonly ClusterFinding[] {
  return [
    ...checkClusterConfigs(value),
    ...checkLabels(value),
    ...checkLabelCase(value, uses),
    ...checkDelivery(value),
    ...checkSecrets(value),
  ];
}

function checkDelivery({ delivery }: FlyteClusters): readonly ClusterFinding[] {
  if (delivery.secrets !== "external-secrets" || delivery.secret_store !== null) return [];
  const detail =
    "References need a SecretStore or ClusterSecretStore: set it, for example `secret_store: { name: vault }`.";
  const summary = 'Missing field "delivery.secret_store"';
  return [{ code: "missing-field", path: ["delivery", "secrets"], part: "key", summary, detail }];
}

/** Tokens and keys in plain text, in any place. The text itself is never shown. */
function checkSecrets(value: FlyteClusters): readonly ClusterFinding[] {
  const paths = [
    ...value.cluster_configs.flatMap((cluster, index) =>
      [
        { text: cluster.endpoint, path: ["endpoint"] },
        { text: cluster.token_path, path: ["auth", "tokenPath"] },
        { text: cluster.cert_path, path: ["auth", "certPath"] },
      ]
        .filter(({ text }) => text !== null && holdsCredential(text))
        .map(({ path }) => [...CONFIGS_PATH, index, ...path]),
    ),
    ...findSecretPaths(value.volumes, ["flyteadmin", "additionalVolumes"]),
    ...findSecretPaths(value.rest, []),
  ];
  return paths.map((path) => {
    const summary = `The value at ${path.join(".")} looks like a token or a private key`;
    return { code: "secret-in-manifest", path, part: "value", summary } as const;
  });
}

type Path = readonly (string | number)[];

function findSecretPaths(value: Json, path: Path): readonly Path[] {
  if (typeof value === "string") return holdsCredential(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  const children: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((child: Json, index) => [index, child] as const)
    : Object.entries(value);
  return children.flatMap(([key, child]) => findSecretPaths(child, [...path, key]));
}
