import { readNodes, type ScalarNode } from "../manifests/yaml/read-nodes.ts";
import type { Address } from "../model/address.ts";
import { findUrlCredentials } from "../model/secrets/find-address-credentials.ts";
import { findCredentials } from "../model/secrets/find-credentials.ts";
import { SEALED_BEGIN, SEALED_IN_TEXT } from "../model/secrets/sealed.ts";
import type { Vault } from "./create-vault.ts";
import { type Found, findAssignments, findBelow, findLines, isSpacedAssignment, lineEnd } from "./find-assignments.ts";
import { findInFormats } from "./find-in-formats.ts";
import { listScalars, MOST_PATHS, type Placed } from "./list-scalars.ts";
import type { KeyPath } from "./sensitive-rules.ts";

/** A file of an object: its path in the output, and its text. */
export interface OwnedText {
  readonly address: Address;
  readonly path: string;
  readonly text: string;
}

/** Sensitive values of one text that are sealed each by itself: of more, the text is one. Each is taken over by the process that plans. */
const MOST_SEALED = 10_000;

/**
 * A file with what is sensitive in it sealed, so that equal bytes stay equal and everything else can be read: values of YAML by their
 * paths, entries of Kubernetes Secrets, the same in texts that are embedded in values and in comments, assignments in other texts, and
 * credentials by their form, or in an address, anywhere. What does not parse as YAML though it should is sealed line by line. What is
 * spelled like a sealed value is sealed too.
 */
export function sealText({ address, path, text }: OwnedText, vault: Vault): string {
  const found = /\.(ya?ml|json)$/.test(path)
    ? findInYaml({ address, text, vault })
    : [...findAssignments(text, 0, text.length, []), ...findBelow(text), ...findInFormats(text, 0, text.length)];
  const all = [...found, ...findForms(text)].sort((left, right) => left.start - right.start || right.end - left.end);
  if (all.length > MOST_SEALED) return vault.sealStretch([path], text);
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
  return (parse(text)?.scalars ?? [])
    .filter(({ node }) => node.text.startsWith(SEALED_BEGIN))
    .map(({ path }) => path.join("."));
}

function findForms(text: string): readonly Found[] {
  const forged = [...text.matchAll(SEALED_IN_TEXT)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
  return [...findCredentials(text), ...findUrlCredentials(text), ...forged].map((stretch) => ({
    ...stretch,
    place: ["#"],
  }));
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
  const scalars = parse(search.text)?.scalars ?? null;
  if (scalars === null && search.depth !== undefined) return [wholeOf(search.text)];
  if (scalars === null) return [...findLines(search.text), ...findComments(search, [])];
  return [...findInScalars(scalars, search), ...findComments(search, scalars)];
}

function findInScalars(scalars: readonly Placed[], search: Search): readonly Found[] {
  const { address, text, vault } = search;
  const judged = scalars
    .filter(({ node }) => node.style !== "empty" && !isNothing(node) && !isPlaceholder(node))
    // All of them before what is embedded in any: questions about neighbours cost less.
    .map(({ node, path, isSecret }) => ({ node, path, isSecret: isSecret ?? vault.isSensitive(address, path) }));
  let total = 0;
  return judged.flatMap(({ node, path, isSecret }) => {
    const found = isSecret ? [stretchOf(node, text)] : findEmbedded(node, search);
    // What is found within a text is hashed with the path of the text.
    total += found.length * path.reduce((sum, { length }) => sum + length, path.length);
    const kept = found.length > 1 && total > MOST_PATHS ? [stretchOf(node, text)] : found;
    return kept.map((one) => ({ ...one, place: [...path, ...one.place] }));
  });
}

/** All of a text but what is blank around it. */
function wholeOf(text: string): Found {
  return { start: text.length - text.trimStart().length, end: text.trimEnd().length, place: [] };
}

/** A text of YAML that can be read as plain data. */
interface Parsed {
  /** Whether more is known of it than that each document is one text. */
  readonly isStructured: boolean;
  /** Null where their paths are too long. */
  readonly scalars: readonly Placed[] | null;
}

/** Null where it can't be read as plain data. */
function parse(text: string): Parsed | null {
  try {
    const documents = readNodes(text);
    // Aliases, and collections as keys: the positions of values are unknown.
    if (!documents.every((document) => document !== null)) return null;
    const isStructured = documents.some(({ kind }) => kind !== "scalar");
    return { isStructured, scalars: listScalars(documents) };
  } catch {
    return null;
  }
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
function findEmbedded(node: ScalarNode, search: Search): readonly Found[] {
  const { text } = search;
  const isQuoted = node.style === "single" || node.style === "double";
  const [start, end] = isQuoted ? [node.start + 1, node.end - 1] : [node.start, node.end];
  const raw = text.slice(start, end);
  if (node.style !== "block" && raw !== node.text) {
    return holdsSecret(node.text, search) ? [stretchOf(node, text)] : [];
  }
  const assigned = [...findAssignments(text, start, end, [], isSpacedAssignment), ...findInFormats(text, start, end)];
  if (node.style === "plain") return assigned;
  const from = node.style === "block" ? text.lastIndexOf("\n", start - 1) + 1 : start;
  const found = findInLines(splitLines(text, from, end), (inner) => findInText({ ...search, text: inner }));
  return [...found, ...assigned];
}

function holdsSecret(text: string, search: Search): boolean {
  return (
    findAssignments(text, 0, text.length, [], isSpacedAssignment).length > 0 ||
    findInFormats(text, 0, text.length).length > 0 ||
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
  return [text, maskTemplates(text)].find((one) => parse(one)?.isStructured) ?? null;
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

/** A line, or the rest of one, and its position. */
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

/** Lines are read without the indentation that they share, and the positions of findings are shifted by it. */
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
function stretchOf({ start, end, style, text: value }: ScalarNode, text: string): Found {
  const place: KeyPath = [];
  if (style !== "block") return { start, end, place, value };
  let opening = start;
  while (opening > 0 && text[opening] !== "|" && text[opening] !== ">") opening -= 1;
  const raw = text.slice(opening, end);
  return { start: opening, end: opening + raw.trimEnd().length, place, value };
}

/** Comments between the scalars of a text: they may contain an old password, or a whole Secret. */
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

/** Prose is not YAML: text that does not parse is kept, except for the values of its keys. */
function findInComment(search: Search): readonly Found[] {
  const readable = readStructured(search.text);
  if (readable === null) return findBelow(search.text);
  const scalars = parse(readable)?.scalars ?? null;
  const all = scalars === null ? [wholeOf(readable)] : findInScalars(scalars, { ...search, text: readable });
  const found = withoutMask(all, readable === search.text);
  return found.map((one) => ({ ...one, place: ["#", ...one.place] }));
}

/** An action of a template of Helm or Flyte, over lines too. */
const ACTION = /\{\{(?:(?!\{\{|\}\})[\s\S])*\}\}/g;
/** Actions that put nothing into the text themselves. */
const CONTROL = /^\{\{-?\s*(?:if|else|end|range|with|define|block|break|continue|\/\*|\$\w+\s*:?=)/;

/**
 * A text of the same length in which what a template puts in is underscores and the rest of its actions is blank, so that the text around
 * them can be read as YAML: an action alone on its line is an empty line, one behind a key is a value.
 */
function maskTemplates(text: string): string {
  return text.replace(ACTION, (action: string, at: number) => {
    const isAlone = isBlank(text, at, -1) && isBlank(text, at + action.length, 1);
    return action.replace(/[^\n]/g, isAlone || CONTROL.test(action) ? " " : "_");
  });
}

/** Whether there is nothing between an offset and the beginning or the end of its line. */
function isBlank(text: string, at: number, step: -1 | 1): boolean {
  let offset = step === 1 ? at : at - 1;
  while (text[offset] === " " || text[offset] === "\t" || text[offset] === "\r") offset += step;
  return offset < 0 || offset >= text.length || text[offset] === "\n";
}
