import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from "js-yaml";
import { createLineCounter } from "./find-position.ts";
import { findYamlProblems, type YamlProblem } from "./find-yaml-problems.ts";
import { MANIFEST_YAML_SCHEMA } from "./manifest-yaml-schema.ts";

/** Deepest nesting of collections in one document. */
export const MAX_DEPTH = 100;
/** Most keys, values and list entries in one file. */
export const MAX_NODES = 100_000;

/** Once a file has this many problems, the rest of it is not looked at: each one costs a look at the whole text. */
const MAX_PROBLEMS = 50;

/** One document of a file: its plain value (null when it is empty) and the line of its first content, from 1. */
export interface ParsedDocument {
  /** Position among the file's documents, empty ones included, from 0. */
  readonly index: number;
  readonly line: number;
  readonly value: unknown;
}

/** What a file holds: the documents that could be read, and what is wrong with the others. */
export interface ParsedFile {
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly YamlProblem[];
}

/**
 * Reads all documents of a YAML text. Never throws for bad text: a syntax error gives one problem and no documents (the parser
 * cannot recover), a document with duplicate keys, aliases or unknown tags gives its problems while the others are read.
 */
export function parseDocuments(text: string): ParsedFile {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    return { documents: [], problems: [describeSyntaxError(error)] };
  }
  const count = events.length > MAX_NODES ? countNodes(events) : 0;
  if (count > MAX_NODES) return { documents: [], problems: [tooManyNodes(count)] };
  try {
    const values = constructDocuments(events, text);
    return { documents: addLines(values, events, text), problems: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return parseEachDocument(events, text);
  }
}

function constructDocuments(events: Event[], source: string): unknown[] {
  return constructFromEvents(events, { source, schema: MANIFEST_YAML_SCHEMA, maxAliases: 0 });
}

function parseEachDocument(events: readonly Event[], text: string): ParsedFile {
  const documents: ParsedDocument[] = [];
  const problems: YamlProblem[] = [];
  const countLine = createLineCounter(text);
  for (const [index, own] of splitDocuments(events).entries()) {
    if (problems.length > MAX_PROBLEMS) break;
    const found = findYamlProblems(own, text, MAX_PROBLEMS);
    try {
      if (found.length === 0) {
        const [value] = constructDocuments(own, text);
        documents.push({ index, line: countLine(findRoot(own)), value });
      }
    } catch (error) {
      problems.push(describeSyntaxError(error));
    }
    problems.push(...found);
  }
  return { documents, problems };
}

/** The events of each document of a file, in order. */
export function splitDocuments(events: readonly Event[]): Event[][] {
  const documents: Event[][] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents.push([]);
    documents.at(-1)?.push(event);
  }
  return documents;
}

function addLines(values: readonly unknown[], events: readonly Event[], text: string): ParsedDocument[] {
  const countLine = createLineCounter(text);
  const documents = values.length === 1 ? [events] : splitDocuments(events);
  return documents.map((own, index) => ({ index, line: countLine(findRoot(own)), value: values[index] }));
}

/** Offset of a document's content. An empty document has none: 0, and nobody asks. */
function findRoot(events: readonly Event[]): number {
  const root = events[1];
  if (root?.type === EVENT_ID.MAPPING || root?.type === EVENT_ID.SEQUENCE) return root.start;
  return root?.type === EVENT_ID.SCALAR ? Math.max(root.valueStart, 0) : 0;
}

function describeSyntaxError(error: unknown): YamlProblem {
  if (!(error instanceof YAMLException)) throw error;
  const line = (error.mark?.line ?? 0) + 1;
  const column = (error.mark?.column ?? 0) + 1;
  if (error.reason.startsWith("nesting exceeded")) return { code: "yaml-too-deep", reason: error.reason, line, column };
  if (error.reason.startsWith("tab characters")) return { code: "yaml-tab", reason: error.reason, line, column };
  if (error.reason.startsWith("unknown ")) return { code: "yaml-tag", reason: error.reason, line, column };
  return { code: "yaml-syntax", reason: error.reason, line, column };
}

function countNodes(events: readonly Event[]): number {
  return events.reduce(
    (count, { type }) => (type === EVENT_ID.POP || type === EVENT_ID.DOCUMENT ? count : count + 1),
    0,
  );
}

function tooManyNodes(count: number): YamlProblem {
  return { code: "yaml-too-many-values", reason: String(count), line: 1, column: 1 };
}
