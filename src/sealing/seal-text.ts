import type { Address } from "../model/address.ts";
import { findCredentials, type Stretch } from "../model/find-credentials.ts";
import { SEALED_BEGIN, SEALED_IN_TEXT } from "../model/sealed.ts";
import { namesSecret } from "../model/sensitive-key.ts";
import { readNodes, type ScalarNode, type YamlNode } from "../yaml/read-nodes.ts";
import type { Vault } from "./create-vault.ts";
import type { KeyPath } from "./sensitive-rules.ts";

/** A file of an object: its path in the output, and its text. */
export interface OwnedText {
  readonly address: Address;
  readonly path: string;
  readonly text: string;
}

/** What is to be sealed: a stretch, the keys that lead to it, and what it means without quotes. */
interface Found extends Stretch {
  readonly place: KeyPath;
  readonly value?: string;
}

/**
 * A file with what is sensitive in it sealed, so that equal bytes stay equal and everything else can be read: values of YAML by their
 * paths, entries of Kubernetes Secrets, assignments in comments and other texts, and credentials by their form wherever they stand.
 * What does not parse as YAML though it should is sealed line by line. What is spelled like a sealed value is sealed too.
 */
export function sealText({ address, path, text }: OwnedText, vault: Vault): string {
  const found = /\.(ya?ml|json)$/.test(path)
    ? findInYaml(address, text, vault)
    : findAssignments(text, 0, text.length, []);
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
  const scalars: Placed[] = [];
  for (const document of parse(text) ?? []) if (document !== null) listScalars(document, () => undefined, scalars);
  return scalars.filter(({ node }) => node.text.startsWith(SEALED_BEGIN)).map(({ path }) => path.join("."));
}

function findForms(text: string): readonly Found[] {
  const forged = [...text.matchAll(SEALED_IN_TEXT)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
  return [...findCredentials(text), ...forged].map((stretch) => ({ ...stretch, place: ["#"] }));
}

function findInYaml(address: Address, text: string, vault: Vault): readonly Found[] {
  const documents = parse(text);
  if (documents === null) return findLines(text);
  const scalars: Placed[] = [];
  for (const document of documents) if (document !== null) listScalars(document, () => undefined, scalars);
  const found = scalars.flatMap(({ node, path, isSecret }) => {
    if (node.style === "empty" || isNothing(node) || isPlaceholder(node)) return [];
    return (isSecret ?? vault.isSensitive(address, path))
      ? [stretchOf(node, path, text)]
      : findEmbedded({ node, path }, { address, text, vault });
  });
  return [...found, ...findComments(text, scalars)];
}

/** Null where it can't be read as plain data. */
function parse(text: string): readonly (YamlNode | null)[] | null {
  try {
    const documents = readNodes(text);
    // Aliases, and collections as keys: nothing is known of where values stand.
    return documents.includes(null) ? null : documents;
  } catch {
    return null;
  }
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
  switch (readText(node, "kind")) {
    case "Secret":
      return (inner) => holdsEntries(inner[path.length]);
    case "SecretList":
      return (inner) => inner.slice(path.length).some(holdsEntries);
    case "ExternalSecret":
    case "ClusterExternalSecret":
      return () => false;
    default:
      return outer;
  }
}

function readText(node: YamlNode, key: string): string | undefined {
  const value = node.kind === "mapping" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
  return value?.kind === "scalar" ? value.text : undefined;
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
      const names = ["name", "key"].flatMap((field) => readText(node, field) ?? []);
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
  const name = readText(item, "name");
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

/** What a text is searched with. */
interface Search {
  readonly address: Address;
  readonly text: string;
  readonly vault: Vault;
}

/**
 * What is sensitive within a scalar: in a block, values and assignments of the configuration that is embedded in it; in others,
 * assignments. What is written with escapes is sealed as a whole.
 */
function findEmbedded({ node, path }: Pick<Placed, "node" | "path">, search: Search): readonly Found[] {
  const { text } = search;
  const isQuoted = node.style === "single" || node.style === "double";
  const [start, end] = isQuoted ? [node.start + 1, node.end - 1] : [node.start, node.end];
  const raw = text.slice(start, end);
  if (node.style === "block") return findInBlock({ raw, start, path }, search);
  if (raw !== node.text) return holdsSecret(node.text, search) ? [stretchOf(node, path, text)] : [];
  return findAssignments(text, start, end, path, isSpacedAssignment);
}

function holdsSecret(text: string, { address, vault }: Search): boolean {
  if (findAssignments(text, 0, text.length, [], isSpacedAssignment).length > 0) return true;
  return text.includes("\n") && isStructured(text) && findInYaml(address, text, vault).length > 0;
}

/** Whether a text is YAML of which more is known than that it is one text. */
function isStructured(text: string): boolean {
  return parse(text)?.some((document) => document !== null && document.kind !== "scalar") ?? false;
}

interface Block {
  readonly raw: string;
  readonly start: number;
  readonly path: KeyPath;
}

/** The lines of a block are read without their indentation, and what is found in them stands further to the right. */
function findInBlock({ raw, start, path }: Block, { address, text, vault }: Search): readonly Found[] {
  const assigned = findAssignments(text, start, start + raw.length, path, isSpacedAssignment);
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(lineStart, start + raw.length).split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  if (!Number.isFinite(indent)) return assigned;
  const inner = lines.map((line) => line.slice(indent)).join("\n");
  if (!isStructured(inner)) return assigned;
  const starts = listLineStarts(lines, indent);
  const outward = (at: number) => {
    const line = starts.findLast(({ inner: begin }) => begin <= at);
    return line === undefined ? start : lineStart + line.outer + at - line.inner;
  };
  const found = findInYaml(address, inner, vault).map((one) => {
    return { ...one, place: [...path, ...one.place], start: outward(one.start), end: outward(one.end) };
  });
  return [...found, ...assigned];
}

/** Where the lines of a block begin, with and without their indentation. */
function listLineStarts(lines: readonly string[], indent: number) {
  let [outer, inner] = [0, 0];
  return lines.map((line) => {
    const begin = { outer: outer + Math.min(indent, line.length), inner };
    outer += line.length + 1;
    inner += line.slice(indent).length + 1;
    return begin;
  });
}

/** In values, a colon alone is no assignment: images, addresses and references to secrets have one. */
function isSpacedAssignment(sign: string, rest: string, key: string): boolean {
  return sign === "=" || rest === "" || /^\s/.test(rest) || /["'`]$/.test(key);
}

/** A block is taken with the sign that opens it, so that a marker on one line can take its place. */
function stretchOf({ start, end, style, text: value }: ScalarNode, place: KeyPath, text: string): Found {
  if (style !== "block") return { start, end, place, value };
  const opening = Math.max(text.lastIndexOf("|", start), text.lastIndexOf(">", start));
  const raw = text.slice(opening, end);
  return { start: opening, end: opening + raw.trimEnd().length, place, value };
}

/** Comments between the scalars of a text: someone may have put an old password into one. */
function findComments(text: string, scalars: readonly Placed[]): readonly Found[] {
  const found: Found[] = [];
  let next = 0;
  for (let at = text.indexOf("#"); at !== -1; at = text.indexOf("#", at + 1)) {
    while (next < scalars.length && (scalars[next]?.node.end ?? 0) <= at) next += 1;
    const within = scalars[next]?.node;
    if (within !== undefined && within.start <= at) {
      at = Math.max(at, within.end - 1);
      continue;
    }
    if (at > 0 && !/\s/.test(text[at - 1] ?? "")) continue;
    const end = lineEnd(text, at);
    found.push(...findAssignments(text, at + 1, end, ["#"]));
    at = end;
  }
  return found;
}

/** Whether a sign behind a key, with what follows it, gives a value to the key. */
type IsAssignment = (sign: string, rest: string, key: string) => boolean;

/** Values behind a key that names a secret, in lines that are no YAML: `PASSWORD=...`, `token: ...`. */
function findAssignments(
  text: string,
  from: number,
  to: number,
  place: KeyPath,
  isAssignment: IsAssignment = () => true,
): readonly Found[] {
  const found: Found[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(lineEnd(text, start), to);
    const value = findAssigned(text.slice(start, end), isAssignment);
    if (value !== null)
      found.push({ start: start + value, end: start + text.slice(start, end).trimEnd().length, place });
    start = end + 1;
  }
  return found;
}

/** Where the value behind the first key of a line that names a secret begins; null: there is none. */
function findAssigned(line: string, isAssignment: IsAssignment): number | null {
  let before = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] !== ":" && line[at] !== "=") continue;
    const quoted = line.slice(before, at).trimEnd();
    const key = quoted.replace(/\\?["'`]$/, "");
    before = at + 1;
    const value = line.slice(before);
    if (!namesSecret(lastWord(key)) || !isAssignment(line[at] ?? "", value, quoted)) continue;
    return value.trim() === "" ? null : before + value.length - value.trimStart().length;
  }
  return null;
}

function lastWord(text: string): string {
  let at = text.length;
  while (at > 0 && /[\w.-]/.test(text[at - 1] ?? "")) at -= 1;
  return text.slice(at);
}

/** Each line that is no comment, as a whole: nothing is known of what it means. */
function findLines(text: string): readonly Found[] {
  const found: Found[] = [];
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    const indent = line.length - line.trimStart().length;
    const content = line.trim();
    const isOpen = content === "" || content === "---" || content.startsWith("#");
    if (!isOpen) found.push({ start: start + indent, end: start + line.trimEnd().length, place: [] });
    start = end + 1;
  }
  return found;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
