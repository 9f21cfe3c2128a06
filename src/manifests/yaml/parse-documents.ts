import {
  CORE_SCHEMA,
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  type Event,
  NOT_RESOLVED,
  parseEvents,
  type Schema,
  YAMLException,
} from "js-yaml";
import type { DocumentPlace, TextPart } from "../../model/diagnostics/position.ts";
import { findOversize, MAX_NODES, type Oversize } from "./find-oversize.ts";
import { createLineCounter, createPositionFinder } from "./find-position.ts";
import { findLoneAnchors, findYamlProblems } from "./find-yaml-problems.ts";
import { splitText } from "./split-text.ts";
import { readParserError, type YamlProblem } from "./yaml-problem.ts";

const CANONICAL_INTEGER = /^(0|-?[1-9][0-9]{0,15})$/;

/** Whole numbers are numbers only in their one plain spelling; `017`, `0o17`, `1_000`, `1e3` and `+5` stay text. */
const integerTag = defineScalarTag<number>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: [..."-0123456789"],
  resolve: (source) => (CANONICAL_INTEGER.test(source) ? Number(source) : NOT_RESOLVED),
  identify: Number.isInteger,
});

/** Fractions stay text: the only fields that take them are quantities, which are text for the control plane too. */
const fractionTag = defineScalarTag<string>("tag:yaml.org,2002:float", {
  implicit: false,
  resolve: (source) => source,
  identify: () => false,
});

/**
 * How plain scalars of manifests are read: YAML 1.2 core without its traps. `yes`, `no`, `on`, `off` are text, and so is every
 * number that YAML 1.1 and 1.2 read differently; where a number is wanted, the schema then says so.
 */
const MANIFEST_YAML_SCHEMA: Schema = CORE_SCHEMA.withTags(integerTag, fractionTag);

/** Deepest nesting of collections in one document. */
export const MAX_DEPTH = 100;
/** Most problems of one document that are built, and most invalid documents of one file that are read. */
const MAX_PROBLEMS = 50;

/** A document that could be read. */
export interface ReadDocument extends DocumentPlace {
  /** Line of the file where its content begins, from 1. */
  readonly line: number;
  /** Plain data; null for an empty document. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** JSON pointers of what is not to be relied on in `value`, because a problem is about it. */
  readonly doubtful: readonly string[];
}

/** A document that could not be read, or the rest of a file that is not read. */
export interface BrokenDocument extends TextPart {
  readonly problems: readonly YamlProblem[];
}

/** What a file holds, each in the order of the text. */
export interface ParsedFile {
  readonly documents: readonly ReadDocument[];
  readonly broken: readonly BrokenDocument[];
}

/**
 * Reads all documents of a YAML text. Never throws for bad text: where it is not plain data as a whole, it is read again document
 * by document, so that what is wrong with one hides nothing of the others.
 */
export function parseDocuments(text: string): ParsedFile {
  const whole = { text, linesBefore: 0 };
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    const count = events.length > MAX_NODES ? countNodes(events) : 0;
    if (count > MAX_NODES) return { documents: [], broken: [{ ...whole, problems: [tooManyNodes(count)] }] };
    const documents = splitDocuments(events);
    if (documents.some((own) => findOversize(own, text) !== null)) return parseParts(text);
    if (text.includes("&") && findLoneAnchors(events, text).length > 0) return parseParts(text);
    const values = constructFromEvents(events, { source: text, schema: MANIFEST_YAML_SCHEMA, maxAliases: 0 });
    return { documents: placeValues(values, documents, whole), broken: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return parseParts(text);
  }
}

function placeValues(values: readonly unknown[], documents: readonly Event[][], part: TextPart): ReadDocument[] {
  const countLine = createLineCounter(part.text);
  return documents.map((own, index) => {
    const line = part.linesBefore + countLine(findRoot(own));
    return { part, index, line, value: values[index], problems: [], doubtful: [] };
  });
}

function parseParts(text: string): ParsedFile {
  const documents: ReadDocument[] = [];
  const broken: BrokenDocument[] = [];
  let wrong = 0;
  for (const { rest, ...part } of splitText(text)) {
    if (wrong >= MAX_PROBLEMS) {
      broken.push({ ...part, text: rest, problems: [tooManyWrong(part)] });
      break;
    }
    const found = parsePart(part);
    documents.push(...found.documents);
    broken.push(...found.broken);
    if ([...found.documents, ...found.broken].some(({ problems }) => problems.length > 0)) wrong += 1;
  }
  return { documents, broken };
}

function parsePart(part: TextPart): ParsedFile {
  try {
    const documents = splitDocuments(parseEvents(part.text, { maxDepth: MAX_DEPTH }));
    const oversize = documents.map((own) => findOversize(own, part.text)).find((found) => found !== null);
    if (oversize !== undefined) return { documents: [], broken: [breakOff(oversize, part)] };
    return { documents: documents.map((events, index) => readDocument(events, index, part)), broken: [] };
  } catch (error) {
    return { documents: [], broken: [{ ...part, problems: moveProblems([readParserError(error)], part) }] };
  }
}

/** A part of which nothing is built: a built value is as large as its paths. */
function breakOff({ code, reason, offset }: Oversize, part: TextPart): BrokenDocument {
  const problem = { code, reason, ...createPositionFinder(part.text)(offset) };
  return { ...part, problems: moveProblems([problem], part) };
}

/** Reads one document past its duplicate keys, aliases, anchors and tags. Throws the parser's exception where that does not do. */
function readDocument(own: readonly Event[], index: number, part: TextPart): ReadDocument {
  const { problems, doubtful, events } = findYamlProblems(own, part.text, MAX_PROBLEMS);
  const options = { source: part.text, schema: MANIFEST_YAML_SCHEMA, maxAliases: 0, json: problems.length > 0 };
  const [value] = constructFromEvents(events, options);
  const line = part.linesBefore + createLineCounter(part.text)(findRoot(own));
  return { part, index, line, value, problems: moveProblems(problems, part), doubtful };
}

function moveProblems(problems: readonly YamlProblem[], { linesBefore }: TextPart): YamlProblem[] {
  return problems.map((problem) => ({ ...problem, line: problem.line + linesBefore }));
}

/** The events of each document of a text, in order. */
export function splitDocuments(events: readonly Event[]): Event[][] {
  const documents: Event[][] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents.push([]);
    documents.at(-1)?.push(event);
  }
  return documents;
}

/** Offset of a document's content. An empty document has none: 0, which is never used. */
function findRoot(events: readonly Event[]): number {
  const root = events[1];
  if (root?.type === EVENT_ID.MAPPING || root?.type === EVENT_ID.SEQUENCE) return root.start;
  return root?.type === EVENT_ID.SCALAR ? Math.max(root.valueStart, 0) : 0;
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

function tooManyWrong({ linesBefore }: TextPart): YamlProblem {
  return { code: "more-diagnostics", reason: String(MAX_PROBLEMS), line: linesBefore + 1, column: 1 };
}
