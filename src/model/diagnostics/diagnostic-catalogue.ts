import { KIND_DEFINITIONS, KIND_TITLES, KINDS } from "../../kinds/registry.ts";
import { type CatalogueEntry, error, warning } from "./catalogue-entry.ts";
import { CONFIG_CATALOGUE } from "./config-catalogue.ts";
import { FLYTE_CLUSTERS_CATALOGUE } from "./flyte-clusters-catalogue.ts";
import { REFERENCES_CATALOGUE } from "./references-catalogue.ts";

/** Every code that a mistake in a repository, or in the daemon's configuration, can have. Codes are stable: scripts may depend on them. */
export const DIAGNOSTIC_CATALOGUE = {
  "file-too-large": error(
    "A file is larger than 1 MB",
    "A manifest is a few hundred bytes; a file of this size is not one, or holds too many.",
    "Split the file, or move it out of the folder.",
  ),
  "file-not-text": error(
    "A file is not UTF-8 text",
    "Manifests are UTF-8; this file holds other bytes, a null byte, or a pointer of Git LFS.",
    "Save the file as UTF-8, or move it out of the folder.",
  ),
  "file-unreadable": error(
    "A file or folder cannot be read",
    "Permission is denied, it is not a regular file, or it is a broken link.",
    "Grant read permission, fix the link, or remove it.",
  ),
  "link-outside": error(
    "A link leads out of the folder",
    "What lies outside is not part of the revision that is reviewed and applied.",
    "Put the file itself into the folder.",
  ),
  "link-hidden": error(
    "A link leads to a dot file or into a dot folder",
    "Dot files and dot folders, such as `.git`, are not manifests and are never read.",
    "Put the file itself into the folder.",
  ),
  "folder-too-large": error(
    "The folder is too large",
    "Reading stops at 250,000 objects, 2,000,000 values (a map or a list counts as four, a text as many as it has lines), 200,000 of them in FlyteClusters and texts of several lines, 250,000 files and folders of any kind, 10,000 that cannot be read, 256 MB of text (in the daemon a thirty-second of its heap) or 32 nested folders, so that memory stays bounded.",
    "Split the folder, or move what is not a manifest out of it.",
  ),
  "yaml-syntax": error(
    "The text is not YAML",
    "The parser cannot continue at this place, so nothing of this document is known.",
    "Fix the text at this place; indentation and missing colons or quotes are the usual causes.",
  ),
  "yaml-tab": error("A tab is used for indentation", "YAML allows only spaces there.", "Indent with spaces."),
  "yaml-tag": error(
    "A tag is unknown",
    "Manifests are plain data: custom tags (`!something`) mean nothing here, and nothing is executed.",
    "Remove the tag.",
  ),
  "yaml-too-deep": error(
    "Collections are nested more than 100 deep",
    "No manifest is that deep.",
    "Remove the nesting.",
  ),
  "yaml-too-many-values": error(
    "A file has more than 100,000 keys and values",
    "One file of this size would use a lot of memory.",
    "Split it into several files.",
  ),
  "path-too-long": error(
    "The keys that lead to a value are too long",
    "All keys that lead to one value have at most 2,048 characters together, and those of all values of a document, each counted with every value below it, at most 20,000,000: the path names the value wherever it is compared, sealed or shown.",
    "Shorten the keys, or nest less.",
  ),
  "too-costly": error(
    "Reading the manifests takes too much time or memory",
    "Manifests of more than 16,384 characters are read in a process of their own, which is ended after 60 seconds, and 20 more for each million bytes, when it needs more memory than it is given, or when far more comes out than went in: so that one target keeps no other waiting. The same manifests are read again after 8 more attempts, then after twice as many each time.",
    "Split the manifests over several targets, or make them smaller.",
  ),
  "too-many-patterns": error(
    "A document has too many patterns of sensitive values for its size",
    "Each pattern with `*` in `sensitive` is matched against all keys of the document: patterns times characters are at most 50,000,000, which is 50 patterns for 1 MB.",
    "Name paths without `*`, which cost nothing, use fewer patterns, or split the document.",
  ),
  "yaml-alias": error(
    "An alias is used",
    "Aliases (`*name`) can blow a small file up to any size, and a reviewer does not see what they stand for.",
    "Write the value out.",
  ),
  "yaml-anchor": error(
    "An anchor is set and nothing refers to it",
    "YAML drops what follows a `&`, up to the next blank, from a value that begins with one: a password `&x y` would be `y`.",
    "Write a value that begins with `&` in quotes; remove an anchor.",
  ),
  "yaml-duplicate-key": error("A key is duplicated", "Only one of the two values could count.", "Remove one of them."),
  "yaml-merge-key": error(
    "A merge key (`<<`) is used",
    "Merge keys are not part of YAML 1.2, and a reviewer does not see what they stand for.",
    "Write the fields out.",
  ),
  "not-a-mapping": error(
    "A document is not a set of fields",
    "A manifest is a mapping of field names to values.",
    "Write `field: value` lines, one object a document, documents apart by `---`.",
  ),
  "missing-kind": error(
    "The kind of an object is unknown",
    "The document has no `kind`, and no folder on the way to it names one.",
    `Add for example \`kind: Queue\`, or put the file under ${listOr(KINDS.map((kind) => `${KIND_DEFINITIONS[kind].folder}/`))}.`,
  ),
  "unknown-kind": error(
    "The kind is unknown",
    "`kind` names none of the kinds that there are.",
    `Write ${listOr(KIND_TITLES)}.`,
  ),
  "unknown-field": error(
    "A field is unknown",
    "A field that is silently left out would not do what it says.",
    "Correct its name, or remove it.",
  ),
  "missing-field": error("A required field is missing", "The object means nothing without it.", "Add the field."),
  "wrong-type": error(
    "A value has the wrong type",
    "The field takes another type of value. `yes`, `no`, `on` and `off` are text in YAML 1.2.",
    "Write a value of the type that the field takes.",
  ),
  "quoted-integer": error(
    "A number is written as text",
    "A count is a plain whole number: unquoted, without leading zeros, underscores, sign, fraction or exponent.",
    "Write the number plainly, for example 5.",
  ),
  "wrong-value": error(
    "A value is none of the allowed ones",
    "The field takes one of a few words.",
    "Use one of them.",
  ),
  "out-of-range": error(
    "A number is out of range",
    "Counts are 0 to 4294967295; accelerator counts begin at 1.",
    "Write a number within the range.",
  ),
  "bad-name": error(
    "A name breaks the rule for names",
    "Names are lower-case letters, digits and inner hyphens, at most 63 characters.",
    "Choose a name that follows the rule.",
  ),
  "bad-duration": error(
    "A duration is invalid",
    "Durations are a whole number and a unit.",
    "Write seconds, minutes or hours: 30s, 5m, 2h.",
  ),
  "bad-quantity": error(
    "A quantity is invalid",
    "Resources are Kubernetes quantities, zero or more.",
    "Write for example 64, 500m or 512Gi.",
  ),
  "bad-reference": error(
    "A reference is invalid",
    "A value of a setting, or an entry of a map, may be a reference: a mapping with exactly one of `env`, a variable's name, and `file`, an absolute path without `.`, `..` or empty parts.",
    "Write {env: NAME} or {file: /PATH}.",
  ),
  "bad-uri": error(
    "A bucket's address is invalid",
    "It is one word: scheme, bucket and optional prefix.",
    "Write for example s3://my-bucket/prefix.",
  ),
  "bad-accelerator": error(
    "An accelerator selector is invalid",
    "Selectors are a device that the control plane knows, with a partition where it has one, or nvidia_gpu alone.",
    "Write for example H100, A100/1g.5gb or nvidia_gpu.",
  ),
  "empty-selector": error(
    "A queue selects no cluster",
    "A queue with an empty selector routes nowhere.",
    'Name the clusters, or write ["*"] for all clusters of the pool.',
  ),
  "duplicate-entry": error("A list has a duplicate entry", "Each entry counts once.", "Remove one of them."),
  "too-long": error(
    "A text or a list is too long",
    "Lists hold at most 10,000 entries, texts at most 2,048 characters, accelerator caps at most 1,000.",
    "Shorten it.",
  ),
  "bad-setting": error(
    "The value of a setting is invalid",
    "Counts are whole numbers, zero or more; labels, annotations and environment variables are mappings of texts; `~unset` stands for no value.",
    "Write a value of the setting's type, or `~unset`.",
  ),
  "workflow-with-slash": error(
    "The name of a workflow has a slash or a control character, or is `.` or `..`",
    "The HTTP gateway of flyteadmin takes no such name, not even an escaped one, so nothing can be written for it.",
    "Set it with a client that speaks gRPC, and remove this manifest; what is stored for such a workflow is left alone.",
  ),
  "empty-label": error(
    "An execution cluster label is empty",
    "An empty label is stored as one: it hides the label of the wider scope and routes nowhere in particular.",
    "Write the label, or remove the manifest, so that the wider scope's label holds.",
  ),
  "wildcard-mixed": error(
    "A selector mixes `*` with names",
    "`*` already stands for every cluster of the pool; the control plane refuses the mixture.",
    "Write either `*` alone or the names.",
  ),
  "duplicate-object": error(
    "An object is declared twice",
    "Only one of the two could be applied.",
    "Remove one of the two, or rename it.",
  ),
  "unknown-reference": error(
    "A name refers to nothing in the folder",
    "References are to manifests of this folder; only the pool and the queue `default` need none.",
    "Correct the name, or add the manifest.",
  ),
  "outside-pool": error(
    "A queue selects a cluster of another pool",
    "A queue routes only to clusters of its own pool.",
    "Select clusters of the queue's pool, or change the queue's cluster_pool.",
  ),
  "pool-contradiction": error(
    "A cluster is placed in two pools",
    "A cluster belongs to exactly one pool, and two places in the folder disagree on which.",
    "Leave the cluster in one of them.",
  ),
  "shared-bucket": error(
    "Two pools share one metadata bucket",
    "Pools are apart only when their metadata is, and the control plane refuses a second pool on a bucket: prefixes do not set them apart.",
    "Give each pool a bucket of its own.",
  ),
  "bucket-without-scheme": warning(
    "A bucket's address has no scheme",
    "The control plane takes any text, but clusters look for scheme and bucket.",
    "Write for example s3://my-bucket/prefix.",
  ),
  "credentials-in-manifest": error(
    "An address holds a password, a token or a signature",
    "Manifests and plans are read by many, and the control plane would hand the address on as it is.",
    "Take the credentials out of the address, replace them where they count, and give clusters access by their own role.",
  ),
  "contract-mismatch": error(
    "A cluster's data plane contradicts its pool",
    "The control plane marks such a cluster unhealthy, and queues send nothing to it.",
    "Make the cluster's data_plane equal to the pool's config, or move it to the pool that fits.",
  ),
  "reserved-name": error(
    "A name is reserved",
    "`default` is the name of every organization's default queue, so no cluster can have it.",
    "Choose another name.",
  ),
  "queue-named-as-cluster": error(
    "A queue has the name of a cluster",
    "Each cluster has a co-named queue of its own, which takes the name.",
    "Set the limits in the Cluster's `queue`, or rename the queue.",
  ),
  "registration-collision": error(
    "Two clusters would be registered under one name",
    "A registration's name is unique in the organization.",
    "Choose another registration.name.",
  ),
  "drained-cluster-pinned": error(
    "A queue pins a drained cluster",
    "The control plane refuses to drain a cluster that another queue names in its selector.",
    "Take the cluster out of the queue's selector, or leave it active.",
  ),
  "bad-ignore-path": error(
    "`ignore_changes` names no managed field",
    "A path that matches nothing would protect nothing.",
    "Write the path of a field of this kind, with dots.",
  ),
  "bad-previously": error(
    "`previously` names something that is still in use",
    "It is the earlier name of this object alone: neither its present name, nor that of another manifest, nor claimed twice.",
    "Write the name that this object had before it was renamed, or remove the line.",
  ),
  "scope-without-domain": error(
    "A scope has no domain",
    "A project's settings and a workflow's attributes hold in one domain.",
    "Add the domain.",
  ),
  "unchecked-pools": warning(
    "Names of pools are not checked",
    "Cluster pool attributes name pools, and the folder has neither a ClusterPool nor a ClusterPoolMap that defines pools.",
    "Add the pools, or check by hand that the control plane has them.",
  ),
  "empty-map-pool": warning(
    "A pool of a map has no cluster",
    "Executions that are routed to it find no cluster.",
    "Add a cluster, or remove the pool.",
  ),
  "cluster-in-several-pools": warning(
    "A cluster is in several pools of a map",
    "All of these pools then share its metadata bucket and its capacity.",
    "Leave it in one pool, unless that is meant.",
  ),
  "map-cluster-without-manifest": warning(
    "A map names clusters that no manifest defines",
    "Whether they are registered, and which bucket they use, is not checked.",
    "Add Cluster manifests for them, or check by hand that the names are those of the data planes' installations.",
  ),
  "map-pool-with-several-buckets": error(
    "Clusters of one pool of a map have different metadata buckets",
    "Clusters of one pool must share one metadata bucket.",
    "Give them one bucket, or put them into pools of their own.",
  ),
  "map-pools-share-bucket": error(
    "Clusters of different pools of a map share a metadata bucket",
    "Clusters of different pools must have different metadata buckets.",
    "Put them into one pool, or give each pool a bucket of its own.",
  ),
  "shared-delivery-path": error(
    "Two FlyteClusters are rendered to one place",
    "Each would overwrite the other's files.",
    "Choose another delivery.path.",
  ),
  "no-effect": warning(
    "A field has no effect on this kind",
    "Only clusters are waited for after registration, and pools have no work to wait for.",
    "Remove the field.",
  ),
  "other-target": error(
    "The folder is for another target",
    "Its poolkeeper.target.yaml names other targets, or another organization: the wrong folder was pushed, copied or named.",
    "Use the folder of this target; or, where it is meant for this one too, name it in poolkeeper.target.yaml.",
  ),
  "nested-target-file": error(
    "A folder below is for a target of its own",
    "A poolkeeper.target.yaml stands below the folder that is read, so that the manifests of several targets would be taken for one.",
    "Name the folder in which poolkeeper.target.yaml stands, or move the file to the root of the manifests.",
  ),
  "no-manifests": warning(
    "The folder contains no manifest",
    "No .yaml or .yml file in it declares an object.",
    "Check that this is the right folder.",
  ),
  ...FLYTE_CLUSTERS_CATALOGUE,
  ...CONFIG_CATALOGUE,
  ...REFERENCES_CATALOGUE,
  "more-diagnostics": error(
    "There is more than what is listed",
    "At most 20 mistakes of one document, 50 wrong documents of one file that is not YAML, and 1,000 in all are listed. It is a warning where only warnings are left out.",
    "Fix what is listed and validate again.",
  ),
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

/** A code of the catalogue. */
export type DiagnosticCode = keyof typeof DIAGNOSTIC_CATALOGUE;

function listOr(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
