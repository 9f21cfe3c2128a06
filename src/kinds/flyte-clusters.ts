import schema from "../../schemas/flyte-clusters.json" with { type: "json" };
import type { FilesDefinition } from "./kind.ts";

/** `flyte_clusters`: Flyte's clusters and labels: the Helm values that flyteadmin reads. */
export const flyteClusters: FilesDefinition = {
  family: "files",
  title: "FlyteClusters",
  folder: "flyte-clusters",
  schema,
  namePaths: [["name"]],
  shownAt: "name",
  system: "delivery",
  isMasked: false,
  noun: "Flyte control plane",
  inSteps: "Flyte clusters",
  purpose: "Flyte's clusters and labels: the Helm values that flyteadmin reads.",
  example: `configmap:
  clusters:
    labelClusterMap:
      gpu:
        - id: dataplane_1
          weight: 1
    clusterConfigs:
      - name: dataplane_1
        endpoint: https://dataplane-1.example.com:443
        enabled: true
        auth:
          type: file_path
          tokenPath: /var/run/credentials/dataplane_1_token
          certPath: /var/run/credentials/dataplane_1_cacert
`,
};
