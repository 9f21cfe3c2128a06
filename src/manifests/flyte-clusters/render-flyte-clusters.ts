import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { printYaml } from "../yaml/print-yaml.ts";
import { listCredentialPaths } from "./credentials-volume.ts";
import { nameClusters, nameTokenSecret } from "./name-token-secrets.ts";
import { renderChecklist } from "./render-checklist.ts";
import { renderCredentials, renderTokenSecret } from "./render-secrets.ts";
import { renderValues } from "./render-values.ts";
import { describeOrigin, type RenderedFile } from "./rendered-file.ts";

/**
 * The files that an operator of the Flyte control plane needs, below the delivery's path, sorted by path: Helm values, the Secret of
 * credentials, a token Secret for each cluster, and a checklist. Equal values give equal bytes; no file holds a credential.
 */
export function renderFlyteClusters(value: FlyteClusters): readonly RenderedFile[] {
  const { path, secrets } = value.delivery;
  const files = [
    { name: "CHECKLIST.md", text: `<!-- ${describeOrigin(value.name)} -->\n${renderChecklist(value)}` },
    yamlFile(value, "values-override.yaml", VALUES_NOTES, printYaml(renderValues(value))),
    ...credentialsFile(value, secrets === "placeholder" ? PLACEHOLDER_NOTES : REFERENCE_NOTES),
    ...tokenFiles(value),
  ];
  return files
    .map(({ name, text }) => ({ path: `${path}/${name}`, text }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** What a reader of the rendered values should know. Facts of the chart flyte-core v1.16.8. */
const VALUES_NOTES = [
  "flyteadmin builds its routing from these values at its start: changed labels and clusters need a restart.",
  "The chart's syncresources deployment mounts the Secret cluster-credentials at /var/run/credentials by itself, and the init",
  "container of flyteadmin takes additionalVolumeMounts, both only while labelClusterMap holds a label. No template reads",
  "initContainerClusterSyncAdditionalVolumeMounts.",
];
const REFERENCE_NOTES = ["Apply in the control plane's cluster, where the External Secrets operator runs."];
const PLACEHOLDER_NOTES = [
  "A template of the Secret in the control plane's cluster. Never put a credential into it here, and do not apply it as it is:",
  "CHECKLIST.md makes the Secret without this file.",
];

interface NamedText {
  readonly name: string;
  readonly text: string;
}

function yamlFile(value: FlyteClusters, name: string, notes: readonly string[], text: string): NamedText {
  const lines = [describeOrigin(value.name), ...notes].map((line) => `# ${line}\n`);
  return { name, text: `${lines.join("")}${text}` };
}

function credentialsFile(value: FlyteClusters, notes: readonly string[]): readonly NamedText[] {
  const text = renderCredentials(value);
  return text === "" ? [] : [yamlFile(value, "cluster-credentials.yaml", notes, text)];
}

function tokenFiles(value: FlyteClusters): readonly NamedText[] {
  const names = nameClusters(value);
  const clusters = new Map(value.cluster_configs.map((cluster) => [cluster.name, cluster]));
  return [...clusters.values()].flatMap((cluster) => {
    const name = names.get(cluster.name);
    if (name === undefined || listCredentialPaths(cluster).length === 0) return [];
    const notes = [`Apply in the cluster ${JSON.stringify(cluster.name)}, not in the control plane's.`];
    return [yamlFile(value, `${nameTokenSecret(name)}.yaml`, notes, renderTokenSecret(name, value.delivery))];
  });
}
