import { isAttributesKind } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import type { JsonObject } from "../../model/json/json.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import {
  type Desired,
  type DesiredAttributes,
  type DesiredFlyteClusters,
  type DesiredPlaced,
  type DesiredResource,
  groupRows,
  type TextFile,
} from "../../model/objects/desired.ts";
import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { isObject, sameJson } from "./compare-fields.ts";

/** One object, of any kind, as its manifest wants it. */
export type DesiredObject = DesiredResource | DesiredPlaced;

/** What is on record, and which manifest each record is for now. */
export interface FormerRecords {
  /** By the address of a declared object, the records of what it may continue: its own first. A record is for one object alone. */
  readonly of: ReadonlyMap<Address, readonly OwnedObject[]>;
  /** The record of each registration, by `kind.physical_name`: the name on record is surer than one that was to be replaced. */
  readonly byRegistration: ReadonlyMap<Address, OwnedObject>;
  /** The declared object that a record is for; none: no manifest continues it by its name. */
  readonly heirOf: ReadonlyMap<OwnedObject, Address>;
  /** The records of other objects that were applied with files of its own: whose files they were. */
  readonly holdersOf: (object: Pick<DesiredFlyteClusters, "address" | "files">) => readonly OwnedObject[];
  /** Records that nothing but the place of their files gives to another manifest: their objects go, and others are put in their place. */
  readonly displaced: ReadonlySet<OwnedObject>;
}

/** The shape of a record. Raise it when a desired object changes its shape: a record of another format is never planned again. */
const FORMAT = 1;

/**
 * What is remembered of a manifest beside the values that were applied, so that it can be planned again: all that it asks for and all
 * that it manages (`ignore_changes`, `authoritative`, the limits that it names, registrations, earlier names). Left out are its place in
 * the folder, what is sensitive (the values themselves show it), and rendered files, which the applied values hold.
 */
export function recordManifest(desired: DesiredObject): JsonObject {
  const { previously, lifecycle } = desired;
  if (desired.kind === "flyte_clusters") return { format: FORMAT, previously, lifecycle: { ...lifecycle } };
  const { address: _address, kind: _kind, name: _name, source: _source, ...rest } = desired;
  const { sensitive: _sensitive, ...kept } = { sensitive: [], ...rest };
  return { format: FORMAT, ...(kept as unknown as JsonObject) };
}

/** The manifest of an object as it was applied last; null: it is not known, as in stores that an earlier release has written. */
export function recallManifest({ address, kind, name, manifest, applied }: OwnedObject): DesiredObject | null {
  if (manifest?.format !== FORMAT) return null;
  if (kind === "flyte_clusters" && applied === null) return null;
  const { format: _format, is_gone: _isGone, ...kept } = manifest;
  const files = kind === "flyte_clusters" ? { files: listFiles(applied), value: NO_CLUSTERS } : {};
  const source = { file: "", line: 0 };
  return { ...kept, ...files, address, kind, name, source, sensitive: [] } as unknown as DesiredObject;
}

/**
 * Whether two manifests of one object ask for the same: everything that changes are planned from. It compares all that a manifest holds but the
 * few fields named here, so that a field added to a manifest counts until it is listed here.
 */
export function isPlannedAlike(one: DesiredObject, other: DesiredObject): boolean {
  return sameJson(selectPlanned(one), selectPlanned(other));
}

/** Without its place in the folder, what is sensitive (values are sealed by then), and clusters, which the files show. */
function selectPlanned(object: DesiredObject): JsonObject {
  const { source: _source, sensitive: _sensitive, ...rest } = { sensitive: [], ...object };
  if (rest.kind !== "flyte_clusters") return rest as unknown as JsonObject;
  const { value: _value, files, ...kept } = rest;
  return { ...kept, files: Object.fromEntries(files.map(({ path, text }) => [path, text])) } as unknown as JsonObject;
}

/** All objects of a folder, by what each kind is called there. */
export function gatherDesired(objects: readonly DesiredObject[]): Desired {
  return {
    pools: objects.filter((object) => object.kind === "cluster_pool"),
    clusters: objects.filter((object) => object.kind === "cluster"),
    queues: objects.filter((object) => object.kind === "queue"),
    settings: objects.filter((object) => object.kind === "settings"),
    pool_maps: objects.filter((object) => object.kind === "cluster_pool_map"),
    flyte_clusters: objects.filter((object) => object.kind === "flyte_clusters"),
    rows: groupRows(objects.filter((object): object is DesiredAttributes => isAttributesKind(object.kind))),
  };
}

/** Its labels only order steps, and what is planned again is never applied. */
const NO_CLUSTERS: Pick<FlyteClusters, "cluster_configs" | "label_cluster_map"> = {
  cluster_configs: [],
  label_cluster_map: [],
};

function listFiles(applied: object | null): readonly TextFile[] {
  const { files } = (applied ?? {}) as JsonObject;
  return isObject(files) ? Object.entries(files).map(([path, text]) => ({ path, text: String(text) })) : [];
}
