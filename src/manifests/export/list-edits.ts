import { isDeepStrictEqual } from "node:util";
import { ATTRIBUTES_KINDS, KIND_DEFINITIONS, type NamedKind } from "../../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";
import { normaliseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import type { Declared } from "../../model/objects/desired.ts";
import { listReferences } from "../../model/objects/list-references.ts";
import { LIMIT_MAPS } from "../../model/objects/queue-limits.ts";
import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import type { Change } from "../../model/plan/plan.ts";
import { listSealedEntries } from "../../model/secrets/list-sealed-entries.ts";
import { isSealed } from "../../model/secrets/sealed.ts";
import type { YamlEdit } from "../yaml/edit-document.ts";

/** What identifies an object's fields. */
export interface EditFacts {
  /** The manifest as it is written. */
  readonly body: unknown;
  readonly desired: Declared;
  readonly physical: ReadonlyMap<Address, string>;
}

/** What to write into a manifest; `unsaid`: why none of it can be, for people. */
export interface ListedEdits {
  readonly edits: readonly YamlEdit[];
  readonly unsaid: string | null;
}

/** The edits that make a manifest say what is live of a change's object, which is there and declared. */
export function listEdits({ address, before, after }: Change, facts: EditFacts): ListedEdits {
  const kind = parseAddress(address)?.kind;
  const differing = listDiffering(before ?? {}, after ?? {}, kind === "settings");
  const unsaid = kind === "cluster" ? differing.find(({ path }) => IMPLIED.has(path.join("."))) : undefined;
  if (unsaid !== undefined)
    return { edits: [], unsaid: `a manifest can't declare ${unsaid.path.join(".")} of a cluster` };
  const hidden = kind === "settings" ? listHidden(differing) : [];
  if (hidden.length > 0) {
    return {
      edits: [],
      unsaid: `sensitive values are never written into files: ${hidden.join(", ")}. Change the manifest by hand, or revert the outside change`,
    };
  }
  const referred = kind === "settings" ? listOverwritten(address, differing, facts) : [];
  if (referred.length > 0) {
    return {
      edits: [],
      unsaid: `its manifest refers to the value of ${referred.join(", ")}, and a reference is never overwritten. Change the manifest by hand, or revert the outside change`,
    };
  }
  const name = createNaming(facts);
  const edits = differing.map(({ path, value }) => {
    if (kind === "settings") return placeSetting({ path, value }, facts.body, name);
    return { path: spellPath(path, facts.body), value: nameValue(path, value, name) };
  });
  return { edits, unsaid: null };
}

/** What is live and sensitive among the fields that differ. */
function listHidden(differing: readonly YamlEdit[]): readonly string[] {
  return differing.flatMap(({ path: [, key = "", ...entry], value }) =>
    listSealedEntries([key, ...entry].join("."), value),
  );
}

/** The references of a manifest that the edits would write over or take out. */
function listOverwritten(
  address: Address,
  differing: readonly YamlEdit[],
  { desired }: Pick<EditFacts, "desired">,
): readonly string[] {
  const values = desired.settings.find((own) => own.address === address)?.values ?? {};
  return listReferences(values)
    .filter(({ path }) => differing.some(({ path: [, ...edited] }) => edited.every((key, at) => path[at] === key)))
    .map(({ path }) => path.join("."));
}

/** What a cluster implies of its own queue: no field of its manifest says it. */
const IMPLIED: ReadonlySet<string> = new Set(["queue.clusters", "queue.state"]);

/** Where live and wanted differ. A field that one side lacks is no difference, but of maps within one it is, and of `open` ones. */
function listDiffering(live: JsonObject, wanted: JsonObject, isSettings: boolean): readonly YamlEdit[] {
  const walk = (one: JsonObject, other: JsonObject, path: readonly string[]): readonly YamlEdit[] =>
    [...new Set([...Object.keys(other), ...Object.keys(one)])].flatMap((key): readonly YamlEdit[] => {
      const place = [...path, key];
      const [there, meant] = [one[key], other[key]];
      if (isDeepStrictEqual(there, meant)) return [];
      const isWhole = isSettings && path.length > 0 && !holdsSealed(key, there, meant);
      if (isMap(there) && isMap(meant) && !isWhole) return walk(there, meant, place);
      const isOpen = isSettings || OPEN.has(path.at(-1) ?? "");
      return (there === undefined || meant === undefined) && !isOpen ? [] : [{ path: place, value: there }];
    });
  return walk(live, wanted, []);
}

/** Entry by entry then: what is sensitive, and the same, stays as it is written. */
function holdsSealed(key: string, ...maps: readonly unknown[]): boolean {
  return maps.some((map) => listSealedEntries(key, map).length > 0);
}

function isMap(value: unknown): value is JsonObject {
  return isObject(value) && !isSealed(value);
}

/** The maps whose keys are people's. */
const OPEN: ReadonlySet<string> = new Set(LIMIT_MAPS);

/** A setting where the manifest has it: under `settings`, or on the top level. What is inherited is not named. */
function placeSetting({ path, value }: YamlEdit, body: unknown, name: Naming): YamlEdit {
  const [, key = "", ...entry] = path;
  const isTop = isObject(body) && body[key] !== undefined;
  const hasSettings = isObject(body) && isObject(body.settings);
  const isFlat = isTop || (!hasSettings && isObject(body) && Object.keys(body).some((other) => other.includes(".")));
  const named = key === DEFAULT_QUEUE_KEY && typeof value === "string" ? name("queue", value) : value;
  return { path: [...(isFlat ? [] : ["settings"]), key, ...entry], value: named };
}

/** Accelerators may be written in other ways than they are shown. */
function spellPath(path: readonly string[], body: unknown): readonly string[] {
  const at = path.indexOf("max_accelerators");
  const key = path[at + 1];
  if (at === -1 || key === undefined) return path;
  const map = path.slice(0, at + 1).reduce<unknown>((of, part) => (isObject(of) ? of[part] : undefined), body);
  const written = isObject(map) ? Object.keys(map) : [];
  return [...path.slice(0, at + 1), written.find((other) => normaliseAcceleratorSelector(other) === key) ?? key];
}

/** Manifests have logical names, the control plane physical ones. */
function nameValue(path: readonly string[], value: Json | undefined, name: Naming): Json | undefined {
  const field = path.join(".");
  if (field === "clusters" && Array.isArray(value)) {
    return value.map((one: Json) => (typeof one === "string" && one !== "*" ? name("cluster", one) : one));
  }
  return POOL_FIELDS.has(field) && typeof value === "string" ? name("cluster_pool", value) : value;
}

const POOL_FIELDS: ReadonlySet<string> = new Set([
  "pool",
  "cluster_pool",
  ...ATTRIBUTES_KINDS.map((kind) => KIND_DEFINITIONS[kind])
    .filter(({ refersTo }) => refersTo === "pool")
    .map(({ field }) => field),
]);

/** The logical name of an object by its physical one; the same where it has no other. */
type Naming = (kind: NamedKind, physical: string) => string;

function createNaming({ desired, physical }: EditFacts): Naming {
  const declared = new Set<Address>(
    [...desired.pools, ...desired.clusters, ...desired.queues].map(({ address }) => address),
  );
  const logical = new Map(
    [...physical].flatMap(([address, name]) => {
      const parsed = parseAddress(address);
      return parsed === undefined || !declared.has(address) ? [] : [[`${parsed.kind}.${name}`, parsed.name] as const];
    }),
  );
  return (kind, name) => logical.get(formatAddress(kind, name)) ?? name;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
