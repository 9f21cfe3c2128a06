import { findAsRead } from "./find-as-read.ts";
import { namesSecret } from "./sensitive-key.ts";
import type { Stretch } from "./stretch.ts";

/** In addresses of Azure, what stands before the `@` is the container. Of SSH it is a user, whom the name alone lets in nowhere. */
const OPEN_SCHEME = /^(?:abfss?|wasbs?|ssh)$/i;
const SCHEME_LETTER = /[a-z0-9+.-]/i;
/**
 * Names of values that are a signature, a token, a key or a password, in a query, a fragment or a connection string, beside those that
 * {@link namesSecret} knows: here such a word counts wherever it stands, and in what stands before the name too.
 */
const SECRET_NAME = /signature|token|secret|passw|pwd|credential|api_?key|access_?key|account_?key|private_?key/i;
const SECRET_PARAMETERS: readonly string[] = ["sig", "sas", "key"];

/**
 * The stretches of a text that are credentials by their position in an address or a connection string, in any form: users and passwords
 * before a host, and the values of `NAME=VALUE` whose name is one of a secret. As they are written and with escapes read. The cost is linear in the text.
 */
export function findAddressCredentials(text: string): readonly Stretch[] {
  return findAsRead(text, findInText);
}

function findInText(text: string): readonly Stretch[] {
  const users = text.includes("@") ? findAll(text, /\S+/g, findUsers) : [];
  const values = text.includes("=") ? findAll(blankOut(text, users), /[^&;#,\s]+/g, findValues) : [];
  return [...users, ...values];
}

/** From its scheme on, which begins where no letter of one stands before it: looked at from each letter, a long word would cost its square. */
const ADDRESS = /(?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/\S*/gi;
/** Whose user alone is none that anybody could log in with, and what is filled in elsewhere. */
const OPEN = /^(?:ssh:\/\/[^:@]*@|[^/]*:\/\/(?:\$|\{\{|<|%\())/i;

/**
 * The same in addresses with a scheme alone, for texts in which much else has a colon, an at sign or an equals sign, as names of images and
 * arguments of commands have.
 */
export function findUrlCredentials(text: string): readonly Stretch[] {
  return findAsRead(text, findInUrls);
}

function findInUrls(text: string): readonly Stretch[] {
  if (!text.includes("://")) return [];
  return findAll(text, ADDRESS, (address) => (OPEN.test(address) ? [] : findInText(address)));
}

/** A user or password may have an equals sign: it begins no value. */
function blankOut(text: string, stretches: readonly Stretch[]): string {
  let at = 0;
  const parts = stretches.flatMap(({ start, end }) => {
    const kept = text.slice(at, start);
    at = end;
    return [kept, "*".repeat(end - start)];
  });
  return [...parts, text.slice(at)].join("");
}

function findAll(text: string, parts: RegExp, find: (part: string) => readonly Stretch[]): readonly Stretch[] {
  return [...text.matchAll(parts)].flatMap(({ index, 0: part }) =>
    find(part).map(({ start, end }) => ({ start: index + start, end: index + end })),
  );
}

/** `user:password@` at the start of a word, and anything before `@` right after `//`, up to the last `@` of the host. */
function findUsers(word: string): readonly Stretch[] {
  if (!word.includes("@")) return [];
  const parts = word.split("/");
  const found: Stretch[] = [];
  let start = 0;
  for (const [index, part] of parts.entries()) {
    const isAuthority = index > 1 && parts[index - 1] === "" && parts[index - 2]?.endsWith(":");
    const needsPassword = index === 0 || !mayBeUser(parts[index - 2] ?? "");
    const length = index === 0 || isAuthority ? measureUser(part, needsPassword) : 0;
    if (length > 0) found.push({ start, end: start + length });
    start += part.length + 1;
  }
  return found;
}

/** How much stands before the last `@`, 0 for nothing secret; with `needsPassword`, only where it is USER:PASSWORD. */
function measureUser(authority: string, needsPassword: boolean): number {
  const end = authority.lastIndexOf("@");
  const colon = authority.indexOf(":");
  const isSecret = needsPassword ? colon > 0 && colon < authority.indexOf("@") && end > colon + 1 : end > 0;
  return isSecret ? end : 0;
}

/** Whether a part that ends with a scheme and its colon leads an address in which a user alone may be a token. */
function mayBeUser(part: string): boolean {
  let start = part.length - 1;
  while (start > 0 && SCHEME_LETTER.test(part.charAt(start - 1))) start -= 1;
  const scheme = part.slice(start, -1);
  return scheme !== "" && !OPEN_SCHEME.test(scheme);
}

/** The values of `NAME=VALUE` in a text without separators but `?`; a quote ends a value. */
function findValues(text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  let start = 0;
  for (let sign = text.indexOf("="); sign !== -1; sign = text.indexOf("=", start)) {
    const name = text.slice(start, sign);
    const isFirst = start === 0;
    start = sign + 1;
    // Behind a value, a name begins after a question mark or a quote.
    if (!isSecretName(isFirst ? name : name.slice(name.search(/[?"]|$/) + 1))) continue;
    const quote = text.indexOf('"', start);
    const end = quote === -1 ? text.length : quote;
    if (end > start) found.push({ start, end });
    start = end;
  }
  return found;
}

function isSecretName(name: string): boolean {
  const own = name.slice(name.lastIndexOf("?") + 1);
  const parameter = own.toLowerCase();
  return SECRET_PARAMETERS.includes(parameter) || SECRET_NAME.test(name) || namesSecret(own);
}
