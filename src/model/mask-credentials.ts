import { KIND_DEFINITIONS, KINDS } from "../kinds/registry.ts";
import { findAddressCredentials } from "./find-address-credentials.ts";
import { findCredentials, type Stretch } from "./find-credentials.ts";
import type { Json } from "./plan.ts";

declare const MASKED: unique symbol;
/** A text without the credentials of addresses; {@link maskCredentials} and {@link maskAnyCredentials} alone give one. */
export type Masked = string & { readonly [MASKED]: true };

/**
 * A text with the credentials of the addresses in it replaced by `***`. Pools name addresses of buckets and registries, which may contain
 * credentials: everything that is shown or saved goes through this. It takes linear time.
 */
export function maskCredentials(text: string): Masked {
  return replaceStretches(text, findAddressCredentials(text));
}

/** The same, also without what is a credential by its form, wherever it stands: for words of others. */
export function maskAnyCredentials(text: string): Masked {
  return replaceStretches(text, [...findCredentials(text), ...findAddressCredentials(text)]);
}

/** Those that overlap become one. */
function replaceStretches(text: string, stretches: readonly Stretch[]): Masked {
  if (stretches.length === 0) return text as Masked;
  const shown: string[] = [];
  let at = 0;
  for (const { start, end } of stretches.toSorted((left, right) => left.start - right.start)) {
    if (start >= at) shown.push(text.slice(at, start), "***");
    at = Math.max(at, end);
  }
  return [...shown, text.slice(at)].join("") as Masked;
}

/** Whether a text has credentials that {@link maskCredentials} would replace. */
export function holdsCredentials(text: string): boolean {
  return maskCredentials(text) !== text;
}

/** Whether a text has credentials of either kind, in an address or by their form. */
export function holdsAnyCredentials(text: string): boolean {
  return maskAnyCredentials(text) !== text;
}

/** Whether an object's values are shown with credentials in addresses masked. Those of settings and files are sealed instead. */
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
