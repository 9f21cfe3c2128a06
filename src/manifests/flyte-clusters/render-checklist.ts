import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { nameLabel } from "../../model/objects/list-served-labels.ts";
import { listCredentialPaths } from "./credentials-volume.ts";
import { type Credential, listCredentials } from "./list-credentials.ts";
import { nameClusters, nameTokenSecret } from "./name-token-secrets.ts";
import { findRemote } from "./render-secrets.ts";
import { listEnabled, shareOut } from "./resolve-labels.ts";

/** The commands that bring the rendered files to life, in order: for the clusters that are listed, and for one more. */
export function renderChecklist(value: FlyteClusters): string {
  const names = nameClusters(value);
  const remote = value.cluster_configs.filter((cluster) => listCredentialPaths(cluster).length > 0);
  const clusters = [...new Set(remote.map(({ name }) => name))];
  const credentials = listCredentials(value);
  const byCluster = Map.groupBy(credentials, ({ cluster }) => cluster);
  const sections = [
    `# Flyte clusters ${code(value.name)}`,
    describeClusters(value),
    describeLabels(value),
    SET_UP,
    ...clusters.map((cluster) =>
      dataPlane(value, cluster, { name: names.get(cluster) ?? "", credentials: byCluster.get(cluster) ?? [] }),
    ),
    controlPlane(value, clusters.length === 0 ? [] : credentials),
    addCluster(value),
    REMOVE_CLUSTER,
  ];
  return `${sections.join("\n\n")}\n`;
}

const SET_UP = `Run the commands in this folder. Set the contexts of \`kubectl\` first; \`CONTROL_PLANE\` is the cluster that flyteadmin runs in:

${shell([
  "CONTROL_PLANE=...",
  "DATA_PLANE=...   # again for each data plane cluster",
  "CLOUD_VALUES=... # the values file of your cloud, for example values-eks.yaml",
])}`;

function describeClusters({ cluster_configs }: FlyteClusters): string {
  const rows = cluster_configs.map(
    ({ name, enabled, in_cluster, endpoint }) =>
      `| ${code(name)} | ${enabled ? "yes" : "no"} | ${in_cluster ? "in-cluster" : endpoint === null ? "none" : code(endpoint)} |`,
  );
  return rows.length === 0 ? "No clusters." : ["| cluster | enabled | endpoint |", "|---|---|---|", ...rows].join("\n");
}

/** The labels as flyteadmin knows them. */
function describeLabels(value: FlyteClusters): string {
  const enabled = listEnabled(value);
  const rows = value.label_cluster_map.map((label) => {
    const shares = shareOut(label, enabled).map(({ id, share }) => `${Math.round(share * 1000) / 10} % ${code(id)}`);
    const isDefault = value.default_execution_label === nameLabel(value, label) ? " (default)" : "";
    return `| ${code(nameLabel(value, label))}${isDefault} | ${shares.length === 0 ? "dropped: no enabled cluster" : shares.join(", ")} |`;
  });
  return rows.length === 0 ? "No labels." : ["| label | executions go to |", "|---|---|", ...rows].join("\n");
}

interface DataPlane {
  /** Its name in Kubernetes. */
  readonly name: string;
  readonly credentials: readonly Credential[];
}

function dataPlane(value: FlyteClusters, cluster: string, { name, credentials }: DataPlane): string {
  const { namespace, secrets } = value.delivery;
  const token = nameTokenSecret(name);
  const read = (part: Credential["part"]) =>
    `kubectl --context "$DATA_PLANE" -n ${namespace} get secret ${token} -o jsonpath='{.data.${part.replace(".", "\\.")}}' | base64 -d`;
  const store =
    secrets === "external-secrets"
      ? [
          "2. Put its token and CA into the secret store, as they are printed:",
          table(credentials, value, read),
          "   The commands print a secret: pipe them into your store's own client.",
        ]
      : [
          "2. Fetch its token and CA into files outside of any repository:",
          indent(
            shell([
              'mkdir -p -m 700 "$HOME/flyte-credentials"',
              ...credentials.map(({ part, key }) => `${read(part)} > "$HOME/flyte-credentials"/${word(key)}`),
            ]),
          ),
        ];
  return [
    `## Data plane ${code(cluster)}`,
    "",
    `1. Make its lasting token (once; needs the service account \`flyteadmin\` that the chart's data plane creates):`,
    indent(shell([`kubectl --context "$DATA_PLANE" apply -f ${token}.yaml`])),
    ...store,
  ].join("\n");
}

function table(
  credentials: readonly Credential[],
  { delivery }: FlyteClusters,
  read: (part: Credential["part"]) => string,
): string {
  return credentials
    .map((credential) => {
      const { key, property } = findRemote(credential, delivery);
      const place = `key ${code(String(key))}${property === undefined ? "" : `, property ${code(String(property))}`}`;
      return `   - ${place}:\n${indent(indent(shell([read(credential.part)])))}`;
    })
    .join("\n");
}

function controlPlane(value: FlyteClusters, credentials: readonly Credential[]): string {
  const { namespace } = value.delivery;
  const steps = [
    ...(credentials.length === 0 ? [] : [applyCredentials(value, credentials)]),
    `Upgrade the release with the other values files that it was installed with; this one last, so that it wins:
${shell([
  `helm upgrade flyte-core flyteorg/flyte-core --kube-context "$CONTROL_PLANE" -n ${namespace} \\`,
  '  --values values-controlplane.yaml --values "$CLOUD_VALUES" --values values-override.yaml',
])}
\`values-controlplane.yaml\` switches flytepropeller off in the control plane: set \`flytepropeller.enabled: true\` for an in-cluster cluster that takes executions.`,
    `Restart what reads the clusters. flyteadmin routes by the map that it built at its start: a changed configuration alone changes nothing, although \`/config\` shows it. A \`helm upgrade\` that changes clusters restarts flyteadmin by itself; a changed Secret does not:
${shell([
  `kubectl --context "$CONTROL_PLANE" -n ${namespace} rollout restart deployment/flyteadmin deployment/syncresources`,
  `kubectl --context "$CONTROL_PLANE" -n ${namespace} rollout status deployment/flyteadmin`,
])}`,
    `Check that all pods are \`Running\`. flyteadmin does not start with a file missing, a name twice or a weight outside of 0 to 1; its log says which:
${shell([
  `kubectl --context "$CONTROL_PLANE" -n ${namespace} get pods`,
  `kubectl --context "$CONTROL_PLANE" -n ${namespace} logs deployment/flyteadmin --all-containers --tail=50`,
])}`,
  ];
  return `## Control plane\n\n${numbered(steps)}`;
}

function applyCredentials(value: FlyteClusters, credentials: readonly Credential[]): string {
  const { namespace, secrets } = value.delivery;
  const bySecret = Map.groupBy(credentials, ({ secret }) => secret);
  const secretNames = [...bySecret.keys()];
  if (secrets === "external-secrets") {
    const waits = secretNames.map(
      (name) =>
        `kubectl --context "$CONTROL_PLANE" -n ${namespace} wait --for=condition=Ready externalsecret/${word(name)} --timeout=2m`,
    );
    return `Apply the references and wait until the operator has made the Secret:\n${shell([
      'kubectl --context "$CONTROL_PLANE" apply -f cluster-credentials.yaml',
      ...waits,
    ])}`;
  }
  const creates = [...bySecret].flatMap(([name, its]) => [
    `kubectl --context "$CONTROL_PLANE" -n ${namespace} create secret generic ${word(name)} --dry-run=client -o yaml \\`,
    ...its.map(({ key }) => `  --from-file=${word(key)}="$HOME/flyte-credentials"/${word(key)} \\`),
    '  | kubectl --context "$CONTROL_PLANE" apply -f -',
  ]);
  return `Make the Secret ${secretNames.map(code).join(", ")} from the files of every data plane above (it holds these and nothing else), and remove them:\n${shell(
    [...creates, 'rm -r "$HOME/flyte-credentials"'],
  )}`;
}

function addCluster({ delivery: { namespace } }: FlyteClusters): string {
  return `## To add another cluster

${numbered([
  "Provision it, with the IAM roles and permissions of the others.",
  `Install the data plane:
${shell([
  `helm install flyte-core-data flyteorg/flyte-core --kube-context "$DATA_PLANE" -n ${namespace} --create-namespace \\`,
  '  --values "$CLOUD_VALUES" --values values-dataplane.yaml',
])}`,
  "In the manifest, add it to `clusterConfigs` with `enabled: true` and paths of its own below /var/run/credentials, and to a label of `labelClusterMap`. Have the change reviewed, and this folder rendered again.",
  "Its section in this file is then there: follow it, then the section of the control plane.",
  "Give a project and domain, or a workflow, a label of the cluster (kind ExecutionClusterLabel), run something there, and see its cluster at `spec.metadata.systemMetadata.executionCluster` of the execution.",
])}`;
}

const REMOVE_CLUSTER = `## To take a cluster out

${numbered([
  "Take it out of every label, and set `enabled: false`. It gets no new executions; its token and CA must stay in the Secret as long as it is listed.",
  "Wait until its executions have ended: one whose cluster is no longer listed can't be aborted.",
  "Remove it from `clusterConfigs`, then its credentials from the store, then the file of its token Secret here.",
])}`;

/** Free text within backticks: no line breaks, no backticks, no column separators. */
function code(text: string): string {
  return `\`${text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll("`", "'")
    .replaceAll("|", "/")}\``;
}

/** Free text as one word of a shell. */
function word(text: string): string {
  return /^[-._a-zA-Z0-9]+$/.test(text) ? text : `'${text.replace(/\p{Cc}+/gu, " ").replaceAll("'", "'\\''")}'`;
}

function shell(lines: readonly string[]): string {
  return `\`\`\`sh\n${lines.join("\n")}\n\`\`\``;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "   ");
}

function numbered(steps: readonly string[]): string {
  return steps.map((step, index) => `${index + 1}. ${indent(step).trimStart()}`).join("\n");
}
