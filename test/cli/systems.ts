import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServeOptions } from "../../src/embedded/serve-control-plane.ts";
import { cluster, pool, queue } from "./manifests.ts";
import { type Desk, openDesk } from "./run-program.ts";

/** The text of a label's manifest, of a project in domain development. */
export function label(project: string, value: string): string {
  return `project: ${project}\ndomain: development\nvalue: ${value}\n`;
}

/** The text of Flyte's clusters with one label, `label1`, of clusters that all take an equal part. */
export function flyteClusters(...clusters: readonly string[]): string {
  const entries = clusters.map((id) => `      - { id: ${id}, weight: ${1 / clusters.length} }\n`);
  const configs = clusters.map(
    (id) => `    - name: ${id}
      endpoint: https://${id}.example.com:443
      enabled: true
      auth: { type: file_path, tokenPath: /var/run/credentials/${id}_token, certPath: /var/run/credentials/${id}_cacert }
`,
  );
  return `name: flyte
configmap:
  clusters:
    labelClusterMap:
      label1:
${entries.join("")}    clusterConfigs:
${configs.join("")}`;
}

/** Something of each system: queues, settings, pools and labels of flyteadmin, and files. */
export const EVERYTHING: Readonly<Record<string, string>> = {
  "pools/prod.yaml": pool("prod"),
  "clusters/c1.yaml": cluster("c1", "prod"),
  "queues/batch.yaml": queue("batch", "prod", ["*"]),
  "settings/org.yaml": "settings: { run.default_queue: batch, task_resource.min.cpu: 500m }\n",
  "settings/dev.yaml": "scope: { domain: development }\nsettings: { labels: { team: ml } }\n",
  "cluster-pool-attributes/team1.yaml": "project: team1\ndomain: production\nclusterPoolName: prod\n",
  "execution-cluster-labels/team1.yaml": label("team1", "label1"),
  "flyte-clusters/flyte.yaml": flyteClusters("dp1", "dp2"),
};

/** A desk whose target is all systems: flyteadmin on the same endpoint, and the folder `output` for files. */
export async function openSystemsDesk(
  options: Partial<ServeOptions> = {},
): Promise<Desk & { readonly output: string }> {
  const desk = await openDesk(options.generation, options);
  const output = join(desk.folder, "output");
  mkdirSync(output);
  return { ...desk, output };
}

/** Flags that name flyteadmin and the place of files. */
export function systems(desk: Desk, place = join(desk.folder, "output")): readonly string[] {
  return ["--flyteadmin-endpoint", desk.served.url, "--deliver", place];
}

/** Writes a file of the output as someone would by hand. */
export function editByHand(output: string, path: string, text: string): void {
  writeFileSync(join(output, path), text);
}
