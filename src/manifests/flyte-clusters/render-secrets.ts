import type { JsonObject } from "../../model/json/json.ts";
import type { FlyteClusters, FlyteDelivery } from "../../model/objects/flyte-clusters.ts";
import { printYaml } from "../yaml/print-yaml.ts";
import { CREDENTIALS_SECRET } from "./credentials-volume.ts";
import { type Credential, listCredentials } from "./list-credentials.ts";
import { nameTokenSecret } from "./name-token-secrets.ts";

/**
 * The Secrets that flyteadmin reads its clusters' credentials from, one document each: references into a secret store, or
 * placeholders. Never a credential itself. Empty text where no cluster needs one.
 */
export function renderCredentials(value: FlyteClusters): string {
  const bySecret = Map.groupBy(listCredentials(value), ({ secret }) => secret);
  const documents = [...bySecret].map(([name, credentials]) =>
    printYaml(
      value.delivery.secrets === "external-secrets"
        ? externalSecret(name, credentials, value.delivery)
        : placeholderSecret(name, credentials, value.delivery),
    ),
  );
  return documents.join("---\n");
}

/** The manifest that makes a data plane's Kubernetes issue a lasting token for flyteadmin's service account. */
export function renderTokenSecret(cluster: string, { namespace }: FlyteDelivery): string {
  return printYaml({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: nameTokenSecret(cluster),
      namespace,
      annotations: { "kubernetes.io/service-account.name": "flyteadmin" },
    },
    type: "kubernetes.io/service-account-token",
  });
}

/** Where in the secret store a credential is. */
export function findRemote({ cluster, part, key }: Credential, { remote_key }: FlyteDelivery): JsonObject {
  const perKey = remote_key.includes("{key}");
  const filled = remote_key.replaceAll(/\{(cluster|key)\}/g, (_, name) => (name === "key" ? key : cluster));
  return perKey ? { key: filled } : { key: filled, property: part };
}

/** `ExternalSecret` of the External Secrets operator; it reads the store again every hour. */
function externalSecret(name: string, credentials: readonly Credential[], delivery: FlyteDelivery): JsonObject {
  const { name: store, kind } = delivery.secret_store ?? { name: CREDENTIALS_SECRET, kind: "ClusterSecretStore" };
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace: delivery.namespace },
    spec: {
      refreshInterval: "1h",
      secretStoreRef: { name: store, kind },
      target: { name, creationPolicy: "Owner" },
      data: credentials.map((credential) => ({
        secretKey: credential.key,
        remoteRef: findRemote(credential, delivery),
      })),
    },
  };
}

function placeholderSecret(name: string, credentials: readonly Credential[], { namespace }: FlyteDelivery): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "Opaque",
    stringData: Object.fromEntries(
      credentials.map(({ key, cluster, part }) => [key, `<${part} of ${cluster}: see CHECKLIST.md>`]),
    ),
  };
}
