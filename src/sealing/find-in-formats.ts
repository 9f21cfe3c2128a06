import { namesSecret } from "../model/secrets/sensitive-key.ts";
import type { Found } from "./find-assignments.ts";

/** How a format other than YAML writes a value: with the key in a group before it or without one, and with what is behind it. */
const FORMS: readonly { readonly pattern: RegExp; readonly hasKey: boolean; readonly behind: string }[] = [
  // XML, with the key as the element's name or in an element before it, as Hadoop and property lists have it.
  { pattern: /<([\w.:-]+)>([^<]+)<\//g, hasKey: true, behind: "</" },
  {
    pattern: /<(?:name|key)>([^<]*)<\/(?:name|key)>\s*<(?:value|string)>([^<]*)</g,
    hasKey: true,
    behind: "<",
  },
  // SQL.
  { pattern: /\b(?:IDENTIFIED[ \t]+BY|PASSWORD)[ \t]+'([^'\n]*)'/gi, hasKey: false, behind: "'" },
  // Terraform.
  {
    pattern: /\bvariable[ \t]+"([^"\n]*)"[ \t]*\{[^{}"]*?default[ \t]*=[ \t]*"([^"\n]*)"/g,
    hasKey: true,
    behind: '"',
  },
];
/** The user and password of a registry, as docker keeps them. */
const DOCKER_AUTH = /"auth"[ \t]*:[ \t]*"([A-Za-z0-9+/]+={0,2})"/g;
/** `jdbc:oracle:thin:USER/PASSWORD@HOST`. */
const ORACLE = /\bjdbc:oracle:\S*/g;

/** What stands before a key and a value that a blank separates. */
const DEFINING = new Set(["ENV", "ARG", "SET", "set", "setenv", "export"]);
/** Keys that a blank and a value follow in more than prose. */
const SPACED_KEYS = new Set(["password", "passwd", "requirepass", "masterauth", "masterpass"]);
const NETRC = new Set(["machine", "default", "login"]);

/**
 * Values of keys that name a secret, in formats that put neither `:` nor `=` between a key and its value: XML, `.netrc`, SQL, lines of a key and a
 * value, and arguments of programs. Offsets are those of the text.
 */
export function findInFormats(text: string, from: number, to: number): readonly Found[] {
  const part = text.slice(from, to);
  const found: Found[] = [];
  const add = (start: number, end: number) => void found.push({ start: from + start, end: from + end, place: [] });
  for (const { pattern, hasKey, behind } of FORMS) {
    for (const { 0: whole, 1: first = "", 2: second = "", index } of part.matchAll(pattern)) {
      const end = index + whole.length - behind.length;
      if (!hasKey || namesSecret(first.trim())) add(end - (hasKey ? second : first).length, end);
    }
  }
  for (const { 0: whole, 1: value = "", index } of part.matchAll(DOCKER_AUTH)) {
    const end = index + whole.length - 1;
    if (isUserAndPassword(value)) add(end - value.length, end);
  }
  for (const { 0: address, index } of part.matchAll(ORACLE)) {
    const [slash, at] = [address.indexOf("/"), address.indexOf("@")];
    if (slash !== -1 && at > slash) add(index + slash + 1, index + at);
  }
  let start = 0;
  for (const line of part.split("\n")) {
    const value = findSpaced(line);
    if (value !== null) add(start + value[0], start + value[1]);
    start += line.length + 1;
  }
  return found;
}

function isUserAndPassword(encoded: string): boolean {
  const text = Buffer.from(encoded, "base64").toString("latin1");
  return text.indexOf(":") > 0 && /^[\x20-\x7e]+$/.test(text);
}

interface Word {
  readonly text: string;
  readonly at: number;
}

/** Words of a line that are looked at: the rest of a longer one is no configuration. */
const MOST_WORDS = 40;

/** Where the value behind a key and a blank is; null: there is none. Of prose, most lines have more than two words. */
function findSpaced(line: string): readonly [number, number] | null {
  const words = listWords(line);
  const [first] = words;
  if (first === undefined) return null;
  const stretch = ({ text, at }: Word) => [at, at + text.length] as const;
  if (NETRC.has(first.text)) {
    const value = words[words.findIndex(({ text }) => text === "password") + 1];
    return value === undefined || value === first ? null : stretch(value);
  }
  if (/\b(?:mysql|mariadb)/.test(line)) {
    const flag = words.find(({ text }) => /^-p./.test(text));
    return flag === undefined ? null : [flag.at + 2, flag.at + flag.text.length];
  }
  const user = words[words.findIndex(({ text }) => text === "-u" || text === "--user") + 1];
  const colon = user === undefined || user === first ? -1 : user.text.indexOf(":");
  if (user !== undefined && colon > 0 && /[^\d:]/.test(user.text)) {
    return [user.at + colon + 1, user.at + user.text.length];
  }
  const [key, value, ...rest] = DEFINING.has(first.text) ? words.slice(1) : words;
  if (key === undefined || value === undefined || rest.length > 0) return null;
  return isSpacedKey(key.text, value.text) ? stretch(value) : null;
}

function listWords(line: string): readonly Word[] {
  const words: Word[] = [];
  for (const { 0: text, index } of line.matchAll(/\S+/g)) {
    words.push({ text, at: index });
    if (words.length >= MOST_WORDS) break;
  }
  return words;
}

/** Two words are prose, too: a plain key alone is none in front of a plain word. */
function isSpacedKey(key: string, value: string): boolean {
  if (!/^[\w.-]+$/.test(key)) return false;
  if (SPACED_KEYS.has(key.toLowerCase())) return true;
  return namesSecret(key) && (/[._\d-]/.test(key) || /[^A-Za-z]/.test(value));
}
