import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { createFindMounted } from "./credentials-volume.ts";

/** A key of a Secret in flyteadmin's cluster, and the value of a data plane that belongs there. */
export interface Credential {
  /** Id of the cluster. */
  readonly cluster: string;
  readonly part: "token" | "ca.crt";
  /** Name of the Secret in the control plane's cluster. */
  readonly secret: string;
  /** Key in that Secret. */
  readonly key: string;
}

/** The credentials that Secrets must hold, each key once, in the order of the clusters. Files of other volumes are left out. */
export function listCredentials(value: FlyteClusters): readonly Credential[] {
  const findMounted = createFindMounted(value);
  const found = new Map<string, Credential>();
  for (const cluster of value.cluster_configs) {
    if (cluster.in_cluster) continue;
    for (const part of ["token", "ca.crt"] as const) {
      const path = part === "token" ? cluster.token_path : cluster.cert_path;
      const file = path === null ? undefined : findMounted(path);
      if (file === undefined || file.secret === null) continue;
      const { secret, key } = file;
      const place = JSON.stringify([secret, key]);
      if (!found.has(place)) found.set(place, { cluster: cluster.name, part, secret, key });
    }
  }
  return [...found.values()];
}
