import type { Address } from "../model/address.ts";
import { findCredentials } from "../model/find-credentials.ts";
import { SEALED_BEGIN, SEALED_IN_TEXT } from "../model/sealed.ts";
import { namesSecret } from "../model/sensitive-key.ts";
import { readNodes, type ScalarNode, type YamlNode } from "../yaml/read-nodes.ts";
import type { Vault } from "./create-vault.ts";
import { type Found, findAssignments, findBelow, findLines, isSpacedAssignment, lineEnd } from "./find-assignments.ts";
import { maskTemplates } from "./mask-templates.ts";
import type { KeyPath } from "./sensitive-rules.ts";

/** A file of an object: its path in the output, and its text. */
export interface OwnedText {
  readonly address: Address;
  readonly path: string;
  readonly text: string;
}

/**
 * A file with what is sensitive in it sealed, so that equal bytes stay equal and everything else can be read: values of YAML by their
 * paths, entries of Kubernetes Secrets, the same in texts that are embedded in values and in comments, assignments in other texts, and
 * credentials by their form wherever they stand. What does not parse as YAML though it should is sealed line by line. What is spelled like a sealed value is sealed too.
 */
export function sealText({ address, path, text }: OwnedText, vault: Vault): string {
  const found = /\.(ya?ml|json)$/.test(path)
    ? findInYaml({ address, text, vault })
    : [...findAssignments(text, 0, text.length, []), ...findBelow(text)];
  const all = [...found, ...findForms(text)].sort((left, right) => left.start - right.start || right.end - left.end);
  let sealed = "";
  let at = 0;
  for (const { start: begin, end, place, value } of all) {
    if (end <= at || end === begin) continue;
    // Of one that overlaps what is sealed already, the rest is sealed too.
    const start = Math.max(begin, at);
    const meaning = start === begin ? value : undefined;
    sealed += text.slice(at, start) + vault.sealStretch([path, ...place], text.slice(start, end), meaning);
    at = end;
  }
  return sealed + text.slice(at);
}

/** The dotted paths of what is sealed in a text of YAML. */
export function listSealedPaths(text: string): readonly string[] {
  if (!text.includes(SEALED_BEGIN)) return [];
  return listAllScalars(parse(text) ?? [])
    .filter(({ node }) => node.text.startsWith(SEALED_BEGIN))
    .map(({ path }) => path.join("."));
}

function findForms(text: string): readonly Found[] {
  const forged = [...text.matchAll(SEALED_IN_TEXT)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
  return [...findCredentials(text), ...forged].map((stretch) => ({ ...stretch, place: ["#"] }));
}

/** A text and what it is searched with. */
interface Search {
  readonly address: Address;
  readonly text: string;
  readonly vault: Vault;
  /** How many texts it is embedded in, each within the next one; default: 0. */
  readonly depth?: number;
}

/** What is embedded deeper is sealed as a whole: it would be read once for each text around it. */
const DEEPEST_TEXT = 6;

function findInYaml(search: Search): readonly Found[] {
  const documents = parse(search.text);
  if (documents === null) return [...findLines(search.text), ...findComments(search, [])];
  const scalars = listAllScalars(documents);
  return [...findInScalars(scalars, search), ...findComments(search, scalars)];
}

function findInScalars(scalars: readonly Placed[], search: Search): readonly Found[] {
  const { address, text, vault } = search;
  const judged = scalars
    .filter(({ node }) => node.style !== "empty" && !isNothing(node) && !isPlaceholder(node))
    // All of them before what is embedded in any: questions about neighbours cost less.
    .map(({ node, path, isSecret }) => ({ node, path, isSecret: isSecret ?? vault.isSensitive(address, path) }));
  return judged.flatMap(({ node, path, isSecret }) =>
    isSecret ? [stretchOf(node, path, text)] : findEmbedded({ node, path }, search),
  );
}

function listAllScalars(documents: readonly (YamlNode | null)[]): readonly Placed[] {
  const scalars: Placed[] = [];
  for (const document of documents) if (document !== null) listScalars(document, () => undefined, scalars);
  return scalars;
}

/** Null where it can't be read as plain data. */
function parse(text: string): readonly (YamlNode | null)[] | null {
  try {
    const documents = readNodes(text);
    // Aliases, and collections as keys: nothing is known of where values stand. A path is hashed with each value below it.
    return documents.some((document) => document === null || hasLongPath(document, 0)) ? null : documents;
  } catch {
    return null;
  }
}

/** Keys on the way to a value that are longer together are no path, but a text that was made to look like one. */
const LONGEST_PATH = 4_096;

function hasLongPath(node: YamlNode, before: number): boolean {
  if (before > LONGEST_PATH) return true;
  if (node.kind === "scalar") return false;
  if (node.kind === "sequence") return node.items.some((item) => hasLongPath(item, before));
  return node.entries.some(({ key, value }) => hasLongPath(value, before + key.length));
}

/** A scalar and the keys that lead to it. */
interface Placed {
  readonly node: ScalarNode;
  readonly path: KeyPath;
  /** What the kind of the document says of it; undefined: nothing. */
  readonly isSecret: boolean | undefined;
}

/**
 * What an object of Kubernetes says of its fields, wherever it stands: the entries of a Secret are secret, those of an ExternalSecret
 * only name some.
 */
type Judge = (path: KeyPath) => boolean | undefined;

function judgeBelow(node: YamlNode, path: KeyPath, outer: Judge): Judge {
  const holdsEntries = (key: string | undefined) => key === "data" || key === "stringData";
  // A template may give several, one for each branch.
  const kinds = readTexts(node, "kind");
  if (kinds.includes("SecretList")) return (inner) => inner.slice(path.length).some(holdsEntries);
  if (kinds.includes("Secret")) return (inner) => holdsEntries(inner[path.length]);
  return kinds.includes("ExternalSecret") || kinds.includes("ClusterExternalSecret") ? () => false : outer;
}

function readTexts(node: YamlNode, key: string): readonly string[] {
  if (node.kind !== "mapping") return [];
  return node.entries.flatMap((entry) =>
    entry.key === key && entry.value.kind === "scalar" ? [entry.value.text] : [],
  );
}

function listScalars(node: YamlNode, outer: Judge, found: Placed[], path: KeyPath = []): void {
  const judge = judgeBelow(node, path, outer);
  switch (node.kind) {
    case "scalar":
      found.push({ node, path, isSecret: judge(path) });
      break;
    case "sequence":
      for (const [index, item] of node.items.entries()) {
        // The argument of a flag: `["--password", "..."]`.
        const isArgument = item.kind === "scalar" && isSecretFlag(node.items[index - 1]);
        listScalars(item, isArgument ? () => true : judge, found, [...path, ...nameItem(item)]);
      }
      break;
    case "mapping": {
      const names = ["name", "key"].flatMap((field) => readTexts(node, field));
      for (const { key, value } of node.entries) {
        // The value of a variable: `{name: DB_PASSWORD, value: ...}`, and by `key`.
        listScalars(value, judge, found, key === "value" ? [...path, key, ...names] : [...path, key]);
      }
    }
  }
}

function isSecretFlag(node: YamlNode | undefined): boolean {
  return node?.kind === "scalar" && /^--?[\w.-]+$/.test(node.text) && namesSecret(node.text);
}

/** Items of a list are told apart by their names where they have some: their places move when others come or go. */
function nameItem(item: YamlNode): KeyPath {
  const [name] = readTexts(item, "name");
  return name === undefined ? [] : [`[${name}]`];
}

/** What says nothing, or only yes or no, is no secret. */
function isNothing({ text, style }: ScalarNode): boolean {
  return style === "plain" && /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE)$/.test(text);
}

/** As the Secret of credentials is rendered, to be filled in elsewhere. */
function isPlaceholder({ text }: ScalarNode): boolean {
  return text.startsWith("<") && text.endsWith(": see CHECKLIST.md>") && !text.slice(1, -1).includes("<");
}

/**
 * What is sensitive within a scalar: values of the configuration that is embedded in it, and assignments. What is written with escapes
 * is sealed as a whole.
 */
function findEmbedded({ node, path }: Pick<Placed, "node" | "path">, search: Search): readonly Found[] {
  const { text } = search;
  const isQuoted = node.style === "single" || node.style === "double";
  const [start, end] = isQuoted ? [node.start + 1, node.end - 1] : [node.start, node.end];
  const raw = text.slice(start, end);
  if (node.style !== "block" && raw !== node.text) {
    return holdsSecret(node.text, search) ? [stretchOf(node, path, text)] : [];
  }
  const assigned = findAssignments(text, start, end, path, isSpacedAssignment);
  if (node.style === "plain") return assigned;
  const from = node.style === "block" ? text.lastIndexOf("\n", start - 1) + 1 : start;
  const found = findInLines(splitLines(text, from, end), (inner) => findInText({ ...search, text: inner }));
  return [...found.map((one) => ({ ...one, place: [...path, ...one.place] })), ...assigned];
}

function holdsSecret(text: string, search: Search): boolean {
  return (
    findAssignments(text, 0, text.length, [], isSpacedAssignment).length > 0 ||
    findInText({ ...search, text }).length > 0
  );
}

/** In a text of which nothing says what it is: as in YAML where it is YAML, perhaps once its templates are filled in, or looks like it. */
function findInText(outer: Search): readonly Found[] {
  const search = { ...outer, depth: (outer.depth ?? 0) + 1 };
  const { text } = search;
  if (search.depth > DEEPEST_TEXT && text.trim() !== "") return findLines(text);
  const readable = readStructured(text);
  if (readable !== null) return withoutMask(findInYaml({ ...search, text: readable }), readable === text);
  return looksLikeYaml(maskTemplates(text)) ? findLines(text) : findBelow(text);
}

/** The text where it is YAML of which more is known than that it is one text, as it is or without its templates; null: it is not. */
function readStructured(text: string): string | null {
  if (!/[:[{-]/.test(text)) return null;
  return [text, maskTemplates(text)].find(isStructured) ?? null;
}

function isStructured(text: string): boolean {
  return parse(text)?.some((document) => document !== null && document.kind !== "scalar") ?? false;
}

/** What a masked text says of a value is not what the value means. */
function withoutMask(found: readonly Found[], isAsWritten: boolean): readonly Found[] {
  return isAsWritten ? found : found.map(({ start, end, place }) => ({ start, end, place }));
}

const KEY_LINE = /^[ \t]*(?:-[ \t]+)*(?:[\w./-]+[ \t]*:(?=\s|$)|"[^"\n]*"[ \t]*:|'[^'\n]*'[ \t]*:)/m;
const FLOW_ENTRY = /^[ \t]*[{[][ \t{[]*(?:[\w./-]+[ \t]*:(?=\s|$)|"[^"\n]*"[ \t]*:|'[^'\n]*'[ \t]*:)/m;

/** Whether a text that does not parse seems to be meant as YAML: with keys on lines of their own, or in brackets. */
function looksLikeYaml(text: string): boolean {
  return FLOW_ENTRY.test(text) || (text.trim().includes("\n") && KEY_LINE.test(text));
}

/** A line, or the rest of one, and where it stands. */
interface Line {
  readonly start: number;
  readonly text: string;
}

function splitLines(text: string, from: number, to: number): readonly Line[] {
  let start = from;
  return text
    .slice(from, to)
    .split("\n")
    .map((line) => {
      const begin = start;
      start += line.length + 1;
      return { start: begin, text: line };
    });
}

/** Lines are read without the indentation that they share, and what is found in them stands further to the right. */
function findInLines(lines: readonly Line[], find: (inner: string) => readonly Found[]): readonly Found[] {
  const filled = lines.filter(({ text }) => text.trim() !== "");
  if (filled.length === 0) return [];
  const indent = filled.reduce((least, { text }) => Math.min(least, text.length - text.trimStart().length), Infinity);
  let next = 0;
  const starts = lines.map(({ start, text }) => {
    const inner = next;
    next += text.slice(indent).length + 1;
    return { inner, outer: start + Math.min(indent, text.length) };
  });
  const outward = (at: number) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle]?.inner ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const { inner, outer } = starts[low] ?? { inner: 0, outer: 0 };
    return outer + at - inner;
  };
  const inner = lines.map(({ text }) => text.slice(indent)).join("\n");
  return find(inner).map((one) => ({ ...one, start: outward(one.start), end: outward(one.end) }));
}

/** A block is taken with the sign that opens it, so that a marker on one line can take its place. */
function stretchOf({ start, end, style, text: value }: ScalarNode, place: KeyPath, text: string): Found {
  if (style !== "block") return { start, end, place, value };
  let opening = start;
  while (opening > 0 && text[opening] !== "|" && text[opening] !== ">") opening -= 1;
  const raw = text.slice(opening, end);
  return { start: opening, end: opening + raw.trimEnd().length, place, value };
}

/** Comments between the scalars of a text: someone may have put an old password, or a whole Secret, into some. */
function findComments(search: Search, scalars: readonly Placed[]): readonly Found[] {
  const { text } = search;
  const found: (readonly Found[])[] = [];
  let next = 0;
  for (let at = text.indexOf("#"); at !== -1; at = text.indexOf("#", at + 1)) {
    while (next < scalars.length && (scalars[next]?.node.end ?? 0) <= at) next += 1;
    const within = scalars[next]?.node;
    if (within !== undefined && within.start <= at) {
      at = Math.max(at, within.end - 1);
      continue;
    }
    if (at > 0 && !/\s/.test(text[at - 1] ?? "")) continue;
    const lines = readComment(text, at);
    for (const { start, text: line } of lines) found.push(findAssignments(text, start, start + line.length, ["#"]));
    found.push(findInLines(lines, (inner) => findInComment({ ...search, text: inner })));
    at = lineEnd(text, lines.at(-1)?.start ?? at);
  }
  return found.flat();
}

/** The lines of a comment and of those that follow it, without their signs. */
function readComment(text: string, at: number): readonly Line[] {
  const lines: Line[] = [];
  for (let sign = at; text[sign] === "#"; ) {
    const end = lineEnd(text, sign);
    const line = text.slice(sign, end);
    const content = line.replace(/^[# \t]*#/, "");
    lines.push({ start: end - content.length, text: content });
    const below = text.slice(end + 1, lineEnd(text, end + 1));
    sign = end + 1 + below.length - below.trimStart().length;
  }
  return lines;
}

/** Prose is no YAML, so that what does not parse is left but for the values of its keys. */
function findInComment(search: Search): readonly Found[] {
  const readable = readStructured(search.text);
  if (readable === null) return findBelow(search.text);
  const scalars = listAllScalars(parse(readable) ?? []);
  const found = withoutMask(findInScalars(scalars, { ...search, text: readable }), readable === search.text);
  return found.map((one) => ({ ...one, place: ["#", ...one.place] }));
}
