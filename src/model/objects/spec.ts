import { type CommonLimit, OPTIONAL_DEFAULTS, type QueueLimits } from "./queue-limits.ts";

/**
 * The managed fields of each kind under the names that manifests and the upstream files use, so that a field path
 * means the same in a manifest, a plan, `ignore_changes` and a rendered line.
 */

/** Secret stores a pool can name (enum SecretStoreType of the wire, prefix left out). */
export const SECRET_STORE_TYPES = [
  "AWS_SECRETS_MANAGER",
  "GCP_SECRET_MANAGER",
  "AZURE_KEY_VAULT",
  "KUBERNETES",
  "VAULT",
  "OCI_VAULT",
] as const;
export type SecretStoreType = (typeof SECRET_STORE_TYPES)[number];

/** Where a pool, or a cluster's operator, keeps metadata. `endpoint` is "" for the store's own default. */
export type ObjectStoreRef = {
  readonly uri: string;
  readonly endpoint: string;
};
/** Which secret store tasks read. `type` is free text here, so that a type unknown to us survives a read. */
export type SecretStore = {
  readonly type: string;
  readonly locator: string;
};
export type ImageRegistry = {
  readonly locator: string;
};

/** The data plane contract of a pool; each member's declared data plane must equal it. */
export type PoolConfig = {
  readonly object_store_ref: ObjectStoreRef;
  readonly secret_store: SecretStore;
  /** Null: the pool names none, and none is compared. */
  readonly image_registry: ImageRegistry | null;
};

/** What an update sets of a pool's config, field by field: those that are left out stay as they are live when the write is sent. */
export type PoolPatch = {
  readonly object_store_ref?: Partial<ObjectStoreRef>;
  readonly secret_store?: Partial<SecretStore>;
  readonly image_registry?: ImageRegistry | null;
};

/** What an operator declares of its data plane (`Status.operator_cluster_data`); null fields were not declared. */
export interface DataPlane {
  readonly object_store_ref: ObjectStoreRef | null;
  readonly secret_store: SecretStore | null;
  readonly image_registry: ImageRegistry | null;
}

export const PRIORITIES = ["min", "medium", "max"] as const;
export const FAIRNESS = ["round_robin", "shuffle_interleave"] as const;
export const SCHEDULING = ["strict_fifo", "greedy_capacity"] as const;
/** Resources a queue can cap. */
export const QUEUE_RESOURCES = ["cpu", "memory", "ephemeral_storage"] as const;

/** A queue's whole spec: the pool it routes in, its selector (`["*"]` or names of members) and its limits. */
export type QueueSpec = QueueLimits & {
  readonly cluster_pool: string;
  readonly clusters: readonly string[];
};

/** A queue's fields as a generation knows them: limits that it does not know are left out. */
export type QueueFields = Pick<QueueSpec, "cluster_pool" | "clusters" | CommonLimit> & Partial<QueueLimits>;

/** What the documents say a queue gets when a field is left out. */
export const QUEUE_DEFAULTS = { clusters: ["*"], ...OPTIONAL_DEFAULTS } as const satisfies Partial<QueueSpec>;
