import { type AttributesKind, isAttributesKind, type Kind } from "../../kinds/registry.ts";
import type { Address } from "../address.ts";
import type { DocumentPlace } from "../diagnostics/position.ts";
import type { RowFields } from "./attributes.ts";
import type { ManifestSource } from "./desired.ts";
import type { FlyteClustersBody } from "./flyte-clusters.ts";
import type { RequiredLimit, WrittenLimits } from "./queue-limits.ts";
import type { SettingKey } from "./settings.ts";

/** A text file of the folder: path relative to it, with `/` on every system. */
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
  readonly queue?: WrittenLimits | null;
}
type QueueLimitsBody = Omit<WrittenLimits, RequiredLimit> & Required<Pick<WrittenLimits, RequiredLimit>>;
export interface QueueBody extends CommonBody, QueueLimitsBody {
  readonly cluster_pool?: string;
  readonly clusters?: readonly string[];
  readonly state?: string;
}

/** What the lifecycle of a placed kind offers. */
export type PlacedLifecycleBody = Pick<LifecycleBody, "prevent_destroy" | "on_remove">;

/** Own values of one scope. Without a domain: the organization's. */
export interface SettingsBody extends WrittenSettings {
  readonly scope?: { readonly domain?: string | null; readonly project?: string | null } | null;
  /** By dotted key, `~unset` for no value; a key that is not there is left alone. */
  readonly settings?: WrittenSettings;
  /** The manifest says all of the scope: keys that it lacks are unset there. Default false. */
  readonly authoritative?: boolean;
  /** Dotted paths of settings that are sensitive, with `*` for any letters. */
  readonly sensitive?: readonly string[];
  readonly lifecycle?: PlacedLifecycleBody;
}
/** A value as written, which the schema has checked against the type of its key. */
type WrittenSetting =
  | string
  | number
  | boolean
  | WrittenReference
  | Readonly<Record<string, string | WrittenReference>>;
/** A reference as written: exactly one of the two. */
interface WrittenReference {
  readonly env?: string;
  readonly file?: string;
}
/** Settings by key; on the top level of a manifest they stand as in the file of the `flyte` client. */
export type WrittenSettings = { readonly [K in SettingKey]?: WrittenSetting };

/** Clusters by the pool that they are in; `kind` and `lifecycle` beside them are no pools. */
export interface PoolMapBody {
  readonly kind?: "ClusterPoolMap";
  readonly lifecycle?: PlacedLifecycleBody;
  readonly [pool: string]: readonly string[] | PlacedLifecycleBody | string | undefined;
}

interface ScopedBody {
  readonly project: string;
  readonly domain?: string | null;
  readonly workflow?: string | null;
  readonly lifecycle?: PlacedLifecycleBody;
}
/** A row of flyteadmin: a scope, and the field of its kind. */
export type RowBody<K extends AttributesKind> = ScopedBody & RowFields<K>;

/** What can be read of a body that breaks its schema: any field may be missing, any list entry unreadable (undefined). */
export type Readable<T> = T extends readonly (infer E)[]
  ? readonly (Readable<E> | undefined)[]
  : T extends object
    ? { readonly [F in keyof T]?: Readable<T[F]> }
    : T;

interface ManifestBase<K extends Kind> {
  readonly kind: K;
  readonly source: ManifestSource;
  /** What the places of its fields are found by; null: the document was parsed before, and its text is not known. */
  readonly written: DocumentPlace | null;
}
interface SoundManifest<K extends Kind, Body> extends ManifestBase<K> {
  /** The object's logical name: with its kind, its identity. */
  readonly name: string;
  readonly body: Body;
  readonly doubts?: undefined;
}
interface UnsoundManifest<K extends Kind, Body> extends ManifestBase<K> {
  /** Null where the error is in what the name is derived from. */
  readonly name: string | null;
  /** What is wrong is left out. */
  readonly body: Readable<Body>;
  /** JSON pointers of what was left out for being wrong, and of the mappings with an unknown field. */
  readonly doubts: ReadonlySet<string>;
  /** Null where no name could be read. */
  readonly address: Address | null;
}

/** Either: a manifest of one kind. */
type ManifestOf<K extends Kind, Body> = SoundManifest<K, Body> | UnsoundManifest<K, Body>;

export type PoolManifest = ManifestOf<"cluster_pool", PoolBody>;
export type ClusterManifest = ManifestOf<"cluster", ClusterBody>;
export type QueueManifest = ManifestOf<"queue", QueueBody>;
export type SettingsManifest = ManifestOf<"settings", SettingsBody>;
export type PoolMapManifest = ManifestOf<"cluster_pool_map", PoolMapBody>;
export type FlyteClustersManifest = ManifestOf<"flyte_clusters", FlyteClustersBody>;
export type RowManifest<K extends AttributesKind = AttributesKind> = { [Of in K]: ManifestOf<Of, RowBody<Of>> }[K];

/** One document of a known kind. With `doubts` it breaks its schema: it is checked as far as it goes, and nothing is built from it. */
export type Manifest = NamedManifest | PlacedManifest;
/** A manifest whose body has the object's name. */
export type NamedManifest = PoolManifest | ClusterManifest | QueueManifest;
/** A manifest whose object is identified by a scope in its body, or by its file. */
export type PlacedManifest = SettingsManifest | PoolMapManifest | FlyteClustersManifest | RowManifest;
/** Whether a manifest is of a row of flyteadmin. */
export function isRowManifest(manifest: Manifest): manifest is RowManifest {
  return isAttributesKind(manifest.kind);
}

/** The manifest of one kind. */
export type ManifestFor<K extends Kind> = Extract<Manifest, { readonly kind: K }>;
/** A manifest that follows its kind's schema. */
export type Sound<M extends Manifest> = Extract<M, { readonly doubts?: undefined }>;
