import type { Json } from "./plan.ts";

/** In addresses of Azure, what stands before the `@` is the container. */
const CONTAINER_SCHEME = /^(?:abfss?|wasbs?)$/i;
const SCHEME_LETTER = /[a-z0-9+.-]/i;
/** Names of values that are a signature, a token, a key or a password, in a query, a fragment or a connection string. */
const SECRET_NAME = /signature|token|secret|passw|pwd|credential|api_?key|access_?key|account_?key|private_?key/i;
const SECRET_PARAMETERS: readonly string[] = ["sig", "sas", "key"];

declare const MASKED: unique symbol;
/** A text without the credentials of addresses; {@link maskCredentials} alone gives one. */
export type Masked = string & { readonly [MASKED]: true };

/**
 * A text with the credentials of the addresses in it replaced by `***`. Pools name addresses of buckets and registries, and
 * someone may have put credentials into them: whatever is shown or saved goes through this. It takes linear time.
 */
export function maskCredentials(text: string): Masked {
  const withoutUsers = text.includes("@") ? text.replace(/\S+/g, maskUserInfo) : text;
  const masked = withoutUsers.includes("=") ? withoutUsers.replace(/[^&;#,\s]+/g, maskAssignments) : withoutUsers;
  return masked as Masked;
}

/** Masks `user:password@` at the start of a word, and anything before `@` right after `//`, up to the last `@` of the host. */
function maskUserInfo(word: string): string {
  if (!word.includes("@")) return word;
  const parts = word.split("/");
  const masked = parts.map((part, index) => {
    if (index === 0) return maskUser(part, true);
    const isAuthority = index > 1 && parts[index - 1] === "" && parts[index - 2]?.endsWith(":");
    return isAuthority ? maskUser(part, !mayBeUser(parts[index - 2] ?? "")) : part;
  });
  return masked.join("/");
}

/** What stands before the last `@`; with `needsPassword`, only where it is USER:PASSWORD. */
function maskUser(authority: string, needsPassword: boolean): string {
  const end = authority.lastIndexOf("@");
  const colon = authority.indexOf(":");
  const isSecret = needsPassword ? colon > 0 && colon < authority.indexOf("@") && end > colon + 1 : end > 0;
  return isSecret ? `***${authority.slice(end)}` : authority;
}

/** Whether a part that ends with a scheme and its colon leads an address in which a user alone may be a token. */
function mayBeUser(part: string): boolean {
  let start = part.length - 1;
  while (start > 0 && SCHEME_LETTER.test(part.charAt(start - 1))) start -= 1;
  const scheme = part.slice(start, -1);
  return scheme !== "" && !CONTAINER_SCHEME.test(scheme);
}

/** Masks the values of `NAME=VALUE` in a text without separators but `?`; a quote ends a value. */
function maskAssignments(text: string): string {
  const shown: string[] = [];
  let start = 0;
  for (let sign = text.indexOf("="); sign !== -1; sign = text.indexOf("=", start)) {
    shown.push(text.slice(start, sign + 1));
    const name = text.slice(start, sign);
    start = sign + 1;
    // Behind a value, a name begins after a question mark or a quote.
    if (!isSecretName(shown.length === 1 ? name : name.slice(name.search(/[?"]|$/) + 1))) continue;
    const quote = text.indexOf('"', start);
    const end = quote === -1 ? text.length : quote;
    if (end > start) shown.push("***");
    start = end;
  }
  return shown.join("") + text.slice(start);
}

function isSecretName(name: string): boolean {
  const parameter = name.slice(name.lastIndexOf("?") + 1).toLowerCase();
  return SECRET_PARAMETERS.includes(parameter) || SECRET_NAME.test(name);
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
