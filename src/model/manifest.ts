import type { ManifestSource } from "./desired.ts";
import type { Locate } from "./position.ts";

/** A text file of the folder: path relative to it, with `/` whatever the system. */
export interface ManifestFile {
  readonly path: string;
  readonly text: string;
}

interface ObjectStoreBody {
  readonly uri: string;
  readonly endpoint?: string | null;
}
interface SecretStoreBody {
  readonly type: string;
  readonly locator?: string | null;
}
interface ImageRegistryBody {
  readonly locator: string | null;
}
export interface DataPlaneBody {
  readonly object_store_ref?: ObjectStoreBody;
  readonly secret_store?: SecretStoreBody;
  readonly image_registry?: ImageRegistryBody | null;
}

export interface LifecycleBody {
  readonly prevent_destroy?: boolean;
  readonly on_remove?: "delete" | "orphan";
  readonly ignore_changes?: readonly string[];
  readonly drain_timeout?: string;
  readonly await?: "registered" | "healthy";
}

/** Limits as written: null counts as left out, words may be upper-case. */
export interface LimitsBody {
  readonly run_concurrency?: number;
  readonly action_concurrency?: number;
  readonly depth?: number | null;
  readonly priority?: string | null;
  readonly fairness?: string | null;
  readonly scheduling?: string | null;
  readonly max_resources?: Readonly<Record<string, string | number>> | null;
  readonly max_accelerators?: Readonly<Record<string, number>> | null;
}

interface CommonBody {
  readonly name: string;
  readonly lifecycle?: LifecycleBody;
  readonly previously?: string;
}
export interface PoolBody extends CommonBody {
  readonly config: DataPlaneBody & {
    readonly object_store_ref: ObjectStoreBody;
    readonly secret_store: SecretStoreBody;
  };
  readonly member_clusters?: readonly string[];
}
export interface ClusterBody extends CommonBody {
  readonly pool?: string;
  readonly state?: string;
  readonly data_plane?: DataPlaneBody | null;
  readonly registration?: { readonly name?: string; readonly previous?: string } | null;
  readonly queue?: LimitsBody | null;
}
export interface QueueBody extends CommonBody, LimitsBody {
  readonly run_concurrency: number;
  readonly action_concurrency: number;
  readonly cluster_pool?: string;
  readonly clusters?: readonly string[];
  readonly state?: string;
}

interface ManifestBase {
  readonly source: ManifestSource;
  /** Where a field stands in the file; costs a second parse of the document, so only mistakes ask. */
  readonly locate: Locate;
}
export interface PoolManifest extends ManifestBase {
  readonly kind: "cluster_pool";
  readonly body: PoolBody;
}
export interface ClusterManifest extends ManifestBase {
  readonly kind: "cluster";
  readonly body: ClusterBody;
}
export interface QueueManifest extends ManifestBase {
  readonly kind: "queue";
  readonly body: QueueBody;
}

/** One document that follows its kind's schema. */
export type Manifest = PoolManifest | ClusterManifest | QueueManifest;
