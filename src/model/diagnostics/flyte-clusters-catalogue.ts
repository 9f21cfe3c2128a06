import { type CatalogueEntry, error, warning } from "./catalogue-entry.ts";

/** The codes of mistakes in FlyteClusters: an error where flyteadmin stops or routing is lost. */
export const FLYTE_CLUSTERS_CATALOGUE = {
  "duplicate-cluster-name": error(
    "Two clusters have one name",
    "`flyteadmin` fails to start, whether or not the two are enabled.",
    "Rename one of them, or remove it.",
  ),
  "no-enabled-cluster": error(
    "No cluster is enabled",
    "`flyteadmin` fails to start. A cluster without `enabled: true` is not enabled.",
    "Set `enabled: true` on the clusters that take executions.",
  ),
  "labels-without-clusters": error(
    "There are labels but no clusters",
    "Without clusterConfigs, flyteadmin runs everything in one cluster and ignores every label.",
    "Add the clusters to clusterConfigs, or remove the labels.",
  ),
  "clusters-without-labels": error(
    "There are clusters but no label",
    "The chart mounts the credentials in the sync deployment and in flyteadmin's init container only when labelClusterMap holds a label; both read the token files and stop without them.",
    "Add a label that names the clusters, even if nothing uses it.",
  ),
  "bad-endpoint": error(
    "A cluster's endpoint is invalid",
    "It is the address of a Kubernetes API. flyteadmin fails to start with some of them, and reaches no cluster with the others.",
    "Write https://HOST:PORT; `kubectl cluster-info` shows it.",
  ),
  "placeholder-left": warning(
    "A placeholder was not filled in",
    "Text in angle brackets stands for a value in documents; flyteadmin takes it as it is.",
    "Write the cluster's own value.",
  ),
  "missing-credentials": error(
    "A cluster names no token or no CA file",
    "`flyteadmin` reads both files at its start, for disabled clusters too, and stops without them.",
    "Set auth.tokenPath and auth.certPath, or `inCluster: true` for the cluster that flyteadmin runs in.",
  ),
  "credentials-not-mounted": error(
    "A cluster's credentials are not mounted",
    "`flyteadmin` fails to start when it can't read a token or CA file. A Secret's keys are letters, digits, dots, hyphens and underscores, all in one folder.",
    "Write a path directly below a mount of additionalVolumeMounts, for example /var/run/credentials/NAME_token.",
  ),
  "credentials-not-for-sync": warning(
    "The sync deployment may not find a cluster's credentials",
    "The chart's syncresources deployment reads the same paths, and mounts the Secret cluster-credentials at /var/run/credentials by itself.",
    "Put the files below /var/run/credentials, or mount them in that deployment too.",
  ),
  "disabled-cluster-reads-files": warning(
    "A disabled cluster's files are read",
    "`flyteadmin` reads the token and the CA of disabled clusters at its start too, and stops when they are not there.",
    "Keep its credentials in the Secret as long as the cluster is listed, or remove the cluster.",
  ),
  "in-cluster-ignores": warning(
    "An in-cluster cluster has fields that are not read",
    "With `inCluster: true`, flyteadmin uses its own service account, and fails to start if it does not run in a pod.",
    "Remove the endpoint and auth, or remove inCluster.",
  ),
  "copied-cluster": warning(
    "Two clusters share an endpoint or a file",
    "Two names for one cluster are seldom meant; a copied entry that was not changed in all its places is.",
    "Write the second cluster's own value, or remove one of the two.",
  ),
  "weight-out-of-range": error(
    "A weight is not between 0 and 1",
    "`flyteadmin` fails to start, and names neither label nor cluster.",
    "Write a share from 0 to 1.",
  ),
  "weights-not-one": warning(
    "The weights of a label do not sum to 1",
    "`flyteadmin` accepts them: it takes each weight as a part of the total.",
    "Write weights that sum to 1, so that what is read is what happens.",
  ),
  "unknown-cluster-id": error(
    "A label names an unknown cluster",
    "`flyteadmin` skips the entry silently, and the label's other clusters get its share. Names are case-sensitive.",
    "Correct the id, or add the cluster to clusterConfigs.",
  ),
  "disabled-cluster-in-label": warning(
    "A label names a cluster that is not enabled",
    "`flyteadmin` skips the entry, and the label's other clusters get its share.",
    "Enable the cluster, or take it out of the label.",
  ),
  "repeated-cluster": warning(
    "A label names a cluster more than once",
    "Its weights are added.",
    "Write one entry with the whole weight.",
  ),
  "label-without-enabled-cluster": error(
    "A label has no enabled cluster",
    "`flyteadmin` drops the label, and its executions go to the default label's clusters, else to any enabled cluster.",
    "Enable one of its clusters, add one, or remove the label.",
  ),
  "duplicate-label": error(
    "A label is declared twice",
    "Only one of the two counts. In a map, two labels that differ only in case become one, and which of them varies from start to start.",
    "Rename one of them, put them together, or, where the case matters, write labelClusterMap as a list of maps with one label each.",
  ),
  "upper-case-label": warning(
    "A label in a map has upper-case letters",
    "The loader of flyteadmin makes the keys of a map lower-case, and looks labels up with their case: the label is only found in lower case.",
    "Write it in lower case, or write labelClusterMap as a list of maps with one label each, which keeps the case.",
  ),
  "label-lost-by-case": error(
    "A label that is used loses its upper-case letters",
    "The loader of flyteadmin makes the keys of a map lower-case, so the label that is stored is not found, and its executions go elsewhere.",
    "Write both in lower case, or write labelClusterMap as a list of maps with one label each, which keeps the case.",
  ),
  "unknown-default-label": error(
    "The default label reaches no cluster",
    "`flyteadmin` warns at each execution and sends it to any enabled cluster.",
    "Name a label of labelClusterMap that has an enabled cluster, in the case in which flyteadmin knows it.",
  ),
  "unknown-execution-label": warning(
    "An execution cluster label is in no label map",
    "`flyteadmin` falls back silently: to the default label, else to any enabled cluster.",
    "Add the label to labelClusterMap, or use an existing one.",
  ),
  "secret-in-manifest": error(
    "A secret is written into a manifest",
    "Anyone who can read the repository, now or later, has the token or key.",
    "Remove it, revoke it, and keep the new one outside of the repository: in a Kubernetes Secret or a secret store that the workload reads.",
  ),
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
