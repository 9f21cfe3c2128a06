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
  for (const { start, end, place, value } of all) {
    if (start < at || end === start) continue;
    sealed += text.slice(at, start) + vault.sealStretch([path, ...place], text.slice(start, end), value);
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
  for (const document of documents) if (document !== null) listScalars(document, listOwnKeys(document), scalars);
  const sensitive = scalars.filter(({ node, path, isSecret }) => {
    if (node.style === "empty" || isNothing(node) || isPlaceholder(node)) return false;
    return isSecret ?? vault.isSensitive(address, path);
  });
  return [...sensitive.map(({ node, path }) => stretchOf(node, path, text)), ...findComments(text, scalars)];
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

/** What a document of Kubernetes says of its fields: the entries of a Secret are secret, those of an ExternalSecret only name some. */
type Judge = (path: KeyPath) => boolean | undefined;

function listOwnKeys(root: YamlNode): Judge {
  switch (readText(root, "kind")) {
    case "Secret":
      return (path) => path[0] === "data" || path[0] === "stringData";
    case "ExternalSecret":
    case "ClusterExternalSecret":
      return () => false;
    default:
      return () => undefined;
  }
}

function readText(node: YamlNode, key: string): string | undefined {
  const value = node.kind === "mapping" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
  return value?.kind === "scalar" ? value.text : undefined;
}

function listScalars(node: YamlNode, judge: Judge, found: Placed[], path: KeyPath = []): void {
  switch (node.kind) {
    case "scalar":
      found.push({ node, path, isSecret: judge(path) });
      break;
    case "sequence":
      for (const item of node.items) listScalars(item, judge, found, [...path, ...nameItem(item)]);
      break;
    case "mapping": {
      const name = readText(node, "name");
      for (const { key, value } of node.entries) {
        // The value of a variable: `{name: DB_PASSWORD, value: ...}`.
        const isNamed = key === "value" && name !== undefined;
        listScalars(value, judge, found, isNamed ? [...path, key, name] : [...path, key]);
      }
    }
  }
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

/** Values behind a key that names a secret, in lines that are no YAML: `PASSWORD=...`, `token: ...`. */
function findAssignments(text: string, from: number, to: number, place: KeyPath): readonly Found[] {
  const found: Found[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(lineEnd(text, start), to);
    const value = findAssigned(text.slice(start, end));
    if (value !== null)
      found.push({ start: start + value, end: start + text.slice(start, end).trimEnd().length, place });
    start = end + 1;
  }
  return found;
}

/** Where the value behind the first key of a line that names a secret begins; null: there is none. */
function findAssigned(line: string): number | null {
  let before = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] !== ":" && line[at] !== "=") continue;
    const key = line
      .slice(before, at)
      .trimEnd()
      .replace(/["'`]$/, "");
    before = at + 1;
    if (!namesSecret(lastWord(key))) continue;
    const value = line.slice(before);
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
