import { COLLECTION_STYLE, EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE } from "js-yaml";
import { MAX_DEPTH, splitDocuments } from "./parse-documents.ts";

/** A node of a document with its position: offsets into the text, end exclusive, quotes and brackets included. */
export type YamlNode = ScalarNode | MappingNode | SequenceNode;

interface NodeBase {
  readonly start: number;
  readonly end: number;
}
/** Text, a number, or nothing at all: then it begins and ends behind its key. */
export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly text: string;
  readonly style: "plain" | "single" | "double" | "block" | "empty";
}
export interface MappingNode extends NodeBase {
  readonly kind: "mapping";
  readonly isFlow: boolean;
  readonly entries: readonly EntryNode[];
}
export interface SequenceNode extends NodeBase {
  readonly kind: "sequence";
  readonly isFlow: boolean;
  readonly items: readonly YamlNode[];
}
/** A key and its value. */
export interface EntryNode {
  readonly key: string;
  /** Where the key begins, and where it ends. */
  readonly start: number;
  readonly keyEnd: number;
  readonly value: YamlNode;
}

/**
 * The nodes of the documents of a text that `parseDocuments` could read, in order. Null for one that is empty, or has what no manifest
 * may have: aliases, or collections as keys.
 */
export function readNodes(text: string): readonly (YamlNode | null)[] {
  return splitDocuments(parseEvents(text, { maxDepth: MAX_DEPTH })).map((events) => {
    const walk = { text, events, starts: listStarts(events, text.length), next: 1, at: 0, missing: new Map() };
    return events.length < 2 ? null : readNode(walk);
  });
}

/** Reads the events of one document one after another; `at` is where the last one ended. */
interface Walk {
  readonly text: string;
  readonly events: readonly Event[];
  /** Of each event, where the first node from it on begins that is not empty; behind the last one, where the text ends. */
  readonly starts: Int32Array;
  next: number;
  at: number;
  /** By sign: where the last search for it began that found none. */
  readonly missing: Map<string, number>;
}

function readNode(walk: Walk): YamlNode | null {
  const event = walk.events[walk.next];
  walk.next += 1;
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return readScalar(walk, event);
    case EVENT_ID.MAPPING: {
      walk.at = event.start;
      const isFlow = event.style === COLLECTION_STYLE.FLOW;
      if (isFlow) walk.at += 1;
      const entries = readEntries(walk);
      if (entries === null) return null;
      if (isFlow) walk.at = findAfter(walk, "}", findNext(walk));
      return { kind: "mapping", isFlow, entries, start: event.start, end: walk.at };
    }
    case EVENT_ID.SEQUENCE: {
      walk.at = event.start;
      const isFlow = event.style === COLLECTION_STYLE.FLOW;
      if (isFlow) walk.at += 1;
      const items = readItems(walk);
      if (items === null) return null;
      if (isFlow) walk.at = findAfter(walk, "]", findNext(walk));
      return { kind: "sequence", isFlow, items, start: event.start, end: walk.at };
    }
    default:
      return null;
  }
}

function readScalar(walk: Walk, event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>): ScalarNode {
  const text = getScalarValue(walk.text, event);
  if (event.valueStart < 0) return { kind: "scalar", text, style: "empty", start: walk.at, end: walk.at };
  const style = STYLES[event.style];
  const quote = style === "single" || style === "double" ? 1 : 0;
  const [start, end] = [event.valueStart - quote, event.valueEnd + quote];
  walk.at = end;
  return { kind: "scalar", text, style, start, end };
}

const STYLES = {
  [SCALAR_STYLE.PLAIN]: "plain",
  [SCALAR_STYLE.SINGLE_QUOTED]: "single",
  [SCALAR_STYLE.DOUBLE_QUOTED]: "double",
  [SCALAR_STYLE.LITERAL_BLOCK]: "block",
  [SCALAR_STYLE.FOLDED_BLOCK]: "block",
} as const;

function readEntries(walk: Walk): readonly EntryNode[] | null {
  const entries: EntryNode[] = [];
  while (!isOver(walk)) {
    const key = readNode(walk);
    if (key?.kind !== "scalar") return null;
    walk.at = findAfter(walk, ":", findNext(walk));
    const value = readNode(walk);
    if (value === null) return null;
    entries.push({ key: key.text, start: key.start, keyEnd: key.end, value });
  }
  return entries;
}

function readItems(walk: Walk): readonly YamlNode[] | null {
  const items: YamlNode[] = [];
  while (!isOver(walk)) {
    const item = readNode(walk);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

/** Steps over the end of a collection. */
function isOver(walk: Walk): boolean {
  const type = walk.events[walk.next]?.type;
  if (type !== undefined && type !== EVENT_ID.POP) return false;
  walk.next += 1;
  return true;
}

/** Backwards, so that each event is visited one time, with any number of empty ones behind it. */
function listStarts(events: readonly Event[], end: number): Int32Array {
  const starts = new Int32Array(events.length + 1).fill(end);
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const event = events[index];
    const next = starts[index + 1] ?? end;
    if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) starts[index] = event.start;
    else starts[index] = event?.type === EVENT_ID.SCALAR && event.valueStart >= 0 ? event.valueStart : next;
  }
  return starts;
}

function findNext({ text, starts, next }: Walk): number {
  return starts[next] ?? text.length;
}

/** The offset behind the next `sign` from here that is not part of a comment; where there is none before `limit`, here. */
function findAfter({ text, at, missing }: Walk, sign: string, limit: number): number {
  // Until a node follows that is not empty, nothing has changed: many keys without a sign are searched for once.
  if (missing.get(sign) === at) return at;
  for (let offset = at; offset < limit; offset += 1) {
    const current = text[offset];
    if (current === sign) return offset + 1;
    if (current === "#" && /\s/.test(text[offset - 1] ?? " ")) {
      const end = text.indexOf("\n", offset);
      if (end === -1) break;
      offset = end;
    }
  }
  missing.set(sign, at);
  return at;
}
