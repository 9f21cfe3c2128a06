import type { Json } from "./plan.ts";

/** `user:password@` at the start of a word or after `//`; a single word before `@` is a container in Azure's addresses. */
const USER_INFO = /(^|\/\/|\s)[^/@\s:]+:[^/@\s]+@/g;
/** Query parameters that carry a signature, a token or a password. */
const SECRET_PARAMETER =
  /([?&][^=&\s]*(?:signature|token|secret|password|credential|access_?key|\bsig)[^=&\s]*=)[^&\s"]+/gi;

/**
 * A text with the credentials of the addresses in it replaced by `***`. Pools name addresses of buckets and registries, and
 * someone may have put credentials into them: whatever is shown or saved goes through this.
 */
export function maskCredentials(text: string): string {
  return text.replace(USER_INFO, "$1***@").replace(SECRET_PARAMETER, "$1***");
}

/** Whether a text has credentials that {@link maskCredentials} would replace. */
export function holdsCredentials(text: string): boolean {
  return maskCredentials(text) !== text;
}

/** Masks every text in a JSON value. */
export function maskValue<T extends Json>(value: T): T;
export function maskValue(value: Json): Json {
  if (typeof value === "string") return maskCredentials(value);
  if (Array.isArray(value)) return value.map((item: Json) => maskValue(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, maskValue(nested)]));
}
