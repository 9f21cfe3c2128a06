import type { Kind } from "../kinds/registry.ts";
import { type Address, parseAddress } from "../model/address.ts";
import type { Json, JsonObject } from "../model/json/json.ts";
import { readReference } from "../model/objects/read-reference.ts";
import { UNSET } from "../model/objects/settings.ts";
import { holdsCredential } from "../model/secrets/find-credentials.ts";
import { holdsCredentials } from "../model/secrets/mask-credentials.ts";
import { isSealed, type Sealed } from "../model/secrets/sealed.ts";
import type { Plain, Vault } from "./create-vault.ts";
import { sealText } from "./seal-text.ts";

/** A manifest's document with its place. */
export interface PlacedDocument {
  readonly file: string;
  readonly line: number;
  readonly body: JsonObject;
}

/** The same, with the object that it describes. */
export interface AddressedDocument extends PlacedDocument {
  readonly address: Address;
}

/** Documents without what is sensitive in them, and what that is. */
export interface SealedDocuments {
  readonly documents: readonly PlacedDocument[];
  /** What stood in place of each hash. */
  readonly secrets: Readonly<Record<string, Json>>;
}

/** Kinds whose sensitive values are identified by path. */
const JUDGED_BY_PATH: readonly Kind[] = ["settings", "flyte_clusters"];

/**
 * Documents with what is sensitive in them sealed: values whose path is, texts that hold a credential or an assignment of a secret, and
 * texts that hold a value which the vault has sealed elsewhere. So nothing that the vault seals can be read in them. Equal documents
 * are equal when they are sealed by vaults with the same key that have sealed the same.
 */
export function sealDocuments(documents: readonly AddressedDocument[], vault: Vault): SealedDocuments {
  const secrets: Record<string, Json> = {};
  const sealed = documents.map(({ file, line, address, body }) => {
    const walk: Walk = { address, place: [file, String(line)], vault, secrets };
    return { file, line, body: sealValue(body, [], walk) as JsonObject };
  });
  return { documents: sealed, secrets };
}

/** How many values are sealed in documents. */
export function countSealed(value: unknown): number {
  if (isSealed(value)) return 1;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + countSealed(inner), 0);
}

/** Documents with what was sealed put back; undefined where the secrets lack some of it. */
export function openDocuments(
  documents: readonly PlacedDocument[],
  secrets: Readonly<Record<string, Json>>,
): readonly PlacedDocument[] | undefined {
  const opened = documents.map((document) => ({ ...document, body: openValue(document.body, secrets) }));
  return opened.every(({ body }) => countSealed(body) === 0) ? opened : undefined;
}

interface Walk {
  readonly address: Address;
  readonly place: readonly string[];
  readonly vault: Vault;
  readonly secrets: Record<string, Json>;
}

function sealValue(value: Json, path: readonly string[], walk: Walk): Json {
  // A reference is never secret: its value is, and no manifest contains that.
  if (isReferenceAt(path, value, walk)) return value;
  // What is written like a sealed value is sealed as a whole, so that every one in a sealed document is ours.
  if (isSealed(value)) return replace(value, path, walk);
  if (Array.isArray(value)) return value.map((entry: Json, index) => sealValue(entry, [...path, String(index)], walk));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value as JsonObject).map(([key, inner]) => [key, sealValue(inner, [...path, key], walk)]),
    );
  }
  return value !== null && isToBeSealed(value as Plain, path, walk) ? replace(value, path, walk) : value;
}

function isReferenceAt(path: readonly string[], value: Json, { address }: Walk): boolean {
  return parseAddress(address)?.kind === "settings" && readReference(keysOf("settings", path), value) !== null;
}

function replace(value: Json, path: readonly string[], { place, vault, secrets }: Walk): Sealed {
  const sealed = vault.seal(["manifest", ...place, ...path], JSON.stringify(value));
  secrets[sealed.hash] = value;
  return sealed;
}

function isToBeSealed(value: Plain, path: readonly string[], { address, vault }: Walk): boolean {
  if (value === UNSET) return false;
  const kind = parseAddress(address)?.kind;
  if (kind !== undefined && JUDGED_BY_PATH.includes(kind) && vault.isSensitive(address, keysOf(kind, path)))
    return true;
  if (typeof value !== "string") return false;
  if (kind === "settings" && holdsCredentials(value)) return true;
  if (holdsCredential(value) || vault.redact(value) !== value) return true;
  return sealText({ address, path: "text", text: value }, vault) !== value;
}

/** The keys of a path, without list indexes; settings are at the top, or below `settings`. */
function keysOf(kind: Kind, path: readonly string[]): readonly string[] {
  const keys = path.filter((key) => !/^\d+$/.test(key));
  return kind === "settings" && keys[0] === "settings" ? keys.slice(1) : keys;
}

function openValue(value: Json, secrets: Readonly<Record<string, Json>>): JsonObject {
  return open(value, secrets) as JsonObject;
}

function open(value: Json, secrets: Readonly<Record<string, Json>>): Json {
  if (isSealed(value)) return Object.hasOwn(secrets, value.hash) ? (secrets[value.hash] ?? null) : value;
  if (Array.isArray(value)) return value.map((entry: Json) => open(entry, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, inner]) => [key, open(inner, secrets)]));
}
