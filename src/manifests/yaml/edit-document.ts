import { isDeepStrictEqual } from "node:util";
import type { NodePath } from "../../model/diagnostics/position.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";
import { addEntry, addItem, dropEntry, dropItem } from "./edit-entries.ts";
import { parseDocuments } from "./parse-documents.ts";
import { printInline, printLike } from "./print-inline.ts";
import { readNodes, type YamlNode } from "./read-nodes.ts";
import { applySplices, type Splice } from "./splice.ts";

/** A field that is to have another value; undefined: the field is to go. The order of a list means nothing: what it has stays in place. */
export interface YamlEdit {
  readonly path: readonly string[];
  readonly value: Json | undefined;
}

/**
 * Sets fields of document number `index` (from 0) of a text, one after another, and leaves everything else as it is: comments, order,
 * quotes, the other documents. What was there already is not written again. Null where the text can't be changed so: what comes out is
 * read again, and has to say exactly what was meant.
 */
export function editDocument(text: string, index: number, edits: readonly YamlEdit[]): string | null {
  const before = readValues(text);
  if (before === null || index >= before.length) return null;
  const meant = before.map((value, at) => (at === index ? edits.reduce<Json>(setIn, value) : value));
  let edited = text;
  for (const edit of edits) {
    const root = readNodes(edited)[index] ?? null;
    const splices = root === null ? null : setNode({ text: edited, node: root, inFlow: false }, edit);
    if (splices === null) return null;
    edited = applySplices(edited, splices);
  }
  return isDeepStrictEqual(readValues(edited)?.map(sortLists), meant.map(sortLists)) ? edited : null;
}

/** What the documents of a text say; null where one can't be read. */
function readValues(text: string): readonly Json[] | null {
  const { documents, broken } = parseDocuments(text);
  const isSound = broken.length === 0 && documents.every(({ problems }) => problems.length === 0);
  return isSound ? documents.map(({ value }) => value as Json) : null;
}

function sortLists(value: Json): Json {
  if (Array.isArray(value))
    return value.map(sortLists).toSorted((one, other) => (String(one) < String(other) ? -1 : 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sortLists(inner)]));
}

function setIn(of: Json | undefined, { path, value }: YamlEdit): Json {
  const [key, ...rest] = path;
  const { [key ?? ""]: former, ...others } = isObject(of) ? of : {};
  if (key === undefined) return value ?? null;
  if (rest.length === 0 && value === undefined) return others;
  return { ...others, [key]: rest.length === 0 ? (value ?? null) : setIn(former, { path: rest, value }) };
}

interface Place {
  readonly text: string;
  readonly node: YamlNode;
  readonly inFlow: boolean;
}

/** Null: it can't be done here. */
function setNode({ text, node, inFlow }: Place, { path, value }: YamlEdit): readonly Splice[] | null {
  const [key, ...rest] = path;
  if (key === undefined) return replaceNode({ text, node, inFlow }, value ?? null);
  if (node.kind !== "mapping") {
    return value === undefined ? [] : replaceNode({ text, node, inFlow }, nest(path, value));
  }
  const entry = node.entries.find((other) => other.key === key);
  if (entry === undefined) {
    return value === undefined ? [] : addEntry(text, node, { key, value: nest(rest, value) });
  }
  if (rest.length === 0 && value === undefined) return dropEntry(text, node, entry);
  return setNode({ text, node: entry.value, inFlow: inFlow || node.isFlow }, { path: rest, value });
}

function nest(path: NodePath, value: Json): Json {
  return path.reduceRight<Json>((inner, key) => ({ [String(key)]: inner }), value);
}

function replaceNode({ text, node, inFlow }: Place, value: Json): readonly Splice[] | null {
  switch (node.kind) {
    case "scalar": {
      if (node.style === "block") return null;
      const printed = isCollection(value) ? printInline(value) : printLike(value, node.style, inFlow);
      return [{ start: node.start, end: node.end, text: node.style === "empty" ? ` ${printed}` : printed }];
    }
    case "sequence":
      if (Array.isArray(value)) return setItems(text, node, value);
      return node.isFlow ? [{ start: node.start, end: node.end, text: printInline(value) }] : null;
    case "mapping":
      return node.isFlow ? [{ start: node.start, end: node.end, text: printInline(value) }] : null;
  }
}

/** What stays, stays where it is; what is new takes the place of what goes. */
function setItems(
  text: string,
  node: Extract<YamlNode, { readonly kind: "sequence" }>,
  value: readonly Json[],
): readonly Splice[] | null {
  const wanted = value.map(String);
  if (node.items.some(({ kind }) => kind !== "scalar") || value.some(isCollection)) return null;
  const texts = node.items.map((item) => (item.kind === "scalar" ? item.text : ""));
  const gone = node.items.filter((_item, index) => !wanted.includes(texts[index] ?? ""));
  const fresh = value.filter((_item, index) => !texts.includes(wanted[index] ?? ""));
  const swapped = gone.slice(0, fresh.length).map((item, index): Splice => {
    const style = item.kind === "scalar" ? item.style : "plain";
    return { start: item.start, end: item.end, text: printLike(fresh[index] ?? null, style, node.isFlow) };
  });
  const dropped = gone.slice(fresh.length).map((item) => dropItem(text, node, item));
  const added = fresh.length > gone.length ? addItem(text, node, fresh.slice(gone.length)) : [];
  const all = [...swapped, ...dropped, added];
  return all.some((part) => part === null) ? null : all.flatMap((part) => part ?? []);
}

function isCollection(value: Json): boolean {
  return typeof value === "object" && value !== null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
