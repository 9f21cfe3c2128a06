import type { Kind } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";

/** A manifest that is to be written for a live object. */
export interface ManifestDraft {
  readonly kind: Kind;
  readonly address: Address;
  /** What identifies the object, outermost first: a name, or the parts of a scope (none: the organization). Names its file. */
  readonly parts: readonly string[];
  /** In the order in which it is written. */
  readonly body: JsonObject;
  /** What is read-only or can't be said in a manifest, a line each. */
  readonly comments: readonly string[];
}

/** Something live for which nothing is written, and why. */
export interface LeftOut {
  /** An address, with `: FIELD` behind it where the rest of the object is written. */
  readonly what: string;
  readonly reason: string;
}

/** Manifests for what is live, and what is left out of them. */
export interface Drafts {
  readonly drafts: readonly ManifestDraft[];
  readonly left: readonly LeftOut[];
}

/** Something that must not be written. */
export interface Omission {
  readonly address: Address;
  /** A setting, or a limit of a cluster's queue; null: the whole object. */
  readonly field: string | null;
  readonly reason: string;
}

/** The field of a body whose entries can be left out one by one: what is not written there is left alone. */
export const OPTIONAL_ENTRIES: Readonly<Partial<Record<Kind, string>>> = { settings: "settings", cluster: "queue" };

/** A body of the fields that are there. */
export function compactBody(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const there = Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.fromEntries(there);
}
