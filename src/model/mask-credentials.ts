import type { Json } from "./plan.ts";

/** `user:password@` at the start of a word, or anything before `@` right after `//`, up to the last `@` of the host. */
const USER_INFO =
  /(^|\s)(?![^/\s]*\/\/)[^/@\s:]+:[^/\s]+@|(\b(?!(?:abfss?|wasbs?):)[a-z][a-z0-9+.-]*:\/\/)[^/\s]+@|(:\/\/)[^/@\s:]+:[^/\s]+@/gi;
/** Named values that are a signature, a token, a key or a password, in a query, a fragment or a connection string. */
const SECRET_VALUE =
  /((?:^|[?&;#,\s])(?:[^=&;#,\s]*(?:signature|token|secret|passw|pwd|credential|api_?key|access_?key|account_?key|private_?key)[^=&;#,\s]*|sig|sas|key)=)[^&;#,\s"]+/gi;

/**
 * A text with the credentials of the addresses in it replaced by `***`. Pools name addresses of buckets and registries, and
 * someone may have put credentials into them: whatever is shown or saved goes through this.
 */
export function maskCredentials(text: string): string {
  return text
    .replace(USER_INFO, (_all, ...starts: readonly unknown[]) => `${starts.slice(0, 3).find(isText) ?? ""}***@`)
    .replace(SECRET_VALUE, "$1***");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
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
