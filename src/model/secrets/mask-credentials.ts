import { KIND_DEFINITIONS, KINDS } from "../../kinds/registry.ts";
import type { Json } from "../json/json.ts";
import { findAddressCredentials, findUrlCredentials } from "./find-address-credentials.ts";
import { findCredentials } from "./find-credentials.ts";
import { joinStretches, type Stretch } from "./stretch.ts";

declare const MASKED: unique symbol;
/** A text without credentials; {@link maskCredentials} and {@link maskArguments} alone give one. */
export type Masked = string & { readonly [MASKED]: true };

/**
 * A text with each credential in it replaced by `***`: what is one by its form (tokens, private keys), and what is one by its place in an
 * address or a connection string. Pools name addresses of buckets and registries, and servers repeat what they were given: everything that
 * is shown or saved goes through this. It takes linear time.
 */
export function maskCredentials(text: string): Masked {
  return replaceStretches(text, [...findCredentials(text), ...findAddressCredentials(text)]);
}

/**
 * The same for a text in which commands and other arguments stand: what is a credential by its form, or by its place in an address with a
 * scheme. A command that has none stays as it is.
 */
export function maskArguments(text: string): Masked {
  return replaceStretches(text, [...findCredentials(text), ...findUrlCredentials(text)]);
}

function replaceStretches(text: string, stretches: readonly Stretch[]): Masked {
  if (stretches.length === 0) return text as Masked;
  const shown: string[] = [];
  let at = 0;
  for (const { start, end } of joinStretches(stretches)) {
    shown.push(text.slice(at, start), "***");
    at = end;
  }
  return [...shown, text.slice(at)].join("") as Masked;
}

/** The same for the path of a file and for an address: in each of its parts too, where a user and a password may begin. */
export function maskPath(path: string): Masked {
  return maskCredentials(path).split("/").map(maskCredentials).join("/") as Masked;
}

/** Whether a text has credentials that {@link maskCredentials} would replace. */
export function holdsCredentials(text: string): boolean {
  return maskCredentials(text) !== text;
}

/** Whether an object's values are shown with credentials masked. Those of settings and files are sealed instead. */
export function isMaskedKind(kind: string): boolean {
  return KINDS.some((known) => known === kind && KIND_DEFINITIONS[known].isMasked);
}

/** Masks every text in a JSON value. */
export function maskValue<T extends Json>(value: T): T;
export function maskValue(value: Json): Json {
  if (typeof value === "string") return maskCredentials(value);
  if (Array.isArray(value)) return value.map((item: Json) => maskValue(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, maskValue(nested)]));
}
