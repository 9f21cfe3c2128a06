import { CHOMPING_MODE, EVENT_ID, type Event, SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import { createPositionFinder } from "./find-position.ts";
import { pointerOf, type WalkedNode, walkNodes } from "./walk-nodes.ts";
import type { YamlProblem } from "./yaml-problem.ts";

/** What is wrong in a document that parses, and the document as far as it can be read nevertheless. */
export interface YamlProblems {
  readonly problems: readonly YamlProblem[];
  /** JSON pointers of what the problems are about. */
  readonly doubtful: readonly string[];
  /** The document without the aliases and tags: an alias counts as empty. */
  readonly events: Event[];
}

const KNOWN_TAGS: ReadonlySet<string> = new Set([
  "!",
  "!!str",
  "!!int",
  "!!float",
  "!!bool",
  "!!null",
  "!!seq",
  "!!map",
]);
const EMPTY: ScalarEvent = {
  type: EVENT_ID.SCALAR,
  ...{ valueStart: -1, valueEnd: -1, anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 },
  ...{ style: SCALAR_STYLE.PLAIN, chomping: CHOMPING_MODE.CLIP, indent: -1, fast: true },
};

/**
 * Duplicate keys, aliases (each where it is used first), anchors without an alias and unknown tags of one document, given its events; at most `limit`
 * problems.
 */
export function findYamlProblems(events: readonly Event[], text: string, limit: number): YamlProblems {
  const problems: YamlProblem[] = [];
  const doubtful: string[] = [];
  // By identity: a pointer for each node would cost the letters of all keys around it.
  const within = new Set<WalkedNode>();
  const keys = new Map<WalkedNode, Set<string>>();
  const readable = new Map<Event, Event>();
  const aliases = new Set<string>();
  const lone = new Set(findLoneAnchors(events, text));
  const find = createPositionFinder(text);
  const add = (code: YamlProblem["code"], reason: string, offset: number) => {
    if (problems.length < limit) problems.push({ code, reason, ...find(offset) });
  };
  for (const node of walkNodes(events, text)) {
    const { event, parent, step, keyOffset } = node;
    // Everything within a doubtful node is doubtful as well.
    const known = parent !== undefined && within.has(parent);
    const repeated = typeof step === "string" && parent !== undefined && !known && isKnownKey(keys, parent, step);
    if (repeated) add("yaml-duplicate-key", step, keyOffset);
    const substitute = substituteEvent(event, text);
    if (substitute !== undefined) {
      readable.set(event, substitute.event);
      if (!aliases.has(substitute.name)) add(substitute.code, "", substitute.offset);
      if (substitute.code === "yaml-alias") aliases.add(substitute.name);
    }
    const isLone = lone.delete(event);
    if (isLone) add("yaml-anchor", "", offsetOfAnchor(event));
    const isDoubtful = repeated || substitute !== undefined || isLone;
    if (isDoubtful) doubtful.push(pointerOf(node));
    // The root's own doubt is not that of its fields.
    if (known || (isDoubtful && parent !== undefined)) within.add(node);
  }
  // Those of keys, and behind a key that is a collection.
  for (const event of lone) add("yaml-anchor", "", offsetOfAnchor(event));
  return { problems, doubtful, events: events.map((event) => readable.get(event) ?? event) };
}

/** Whether a mapping has had a key; from now on it has. */
function isKnownKey(keys: Map<WalkedNode, Set<string>>, mapping: WalkedNode, key: string): boolean {
  const own = keys.get(mapping) ?? new Set();
  keys.set(mapping, own);
  if (own.has(key)) return true;
  own.add(key);
  return false;
}

/** The nodes with an anchor that no alias refers to. Its name may be the begin of a secret: it goes nowhere. */
export function findLoneAnchors(events: readonly Event[], text: string): readonly Event[] {
  const nameOf = (event: Event) => ("anchorStart" in event ? text.slice(event.anchorStart, event.anchorEnd) : "");
  const named = events.filter((event) => offsetOfAnchor(event) >= 0);
  const used = new Set(named.filter(({ type }) => type === EVENT_ID.ALIAS).map(nameOf));
  return named.filter((event) => event.type !== EVENT_ID.ALIAS && !used.has(nameOf(event)));
}

/** Offset of the sign before the name; negative: there is none. */
function offsetOfAnchor(event: Event): number {
  return "anchorStart" in event && event.anchorStart !== -1 ? event.anchorStart - 1 : -1;
}

interface Substitute {
  readonly code: "yaml-alias" | "yaml-tag";
  /** The alias, or words on the tag: both may be the begin of a secret, and go nowhere. */
  readonly name: string;
  readonly offset: number;
  readonly event: Event;
}

/** What to read instead of a node that is no plain data; undefined for one that is. */
function substituteEvent(event: Event, text: string): Substitute | undefined {
  if (event.type === EVENT_ID.ALIAS) {
    const offset = event.anchorStart - 1;
    return { code: "yaml-alias", name: text.slice(offset, event.anchorEnd), offset, event: EMPTY };
  }
  if (!("tagStart" in event) || event.tagStart === -1) return undefined;
  const tag = text.slice(event.tagStart, event.tagEnd);
  if (KNOWN_TAGS.has(tag)) return undefined;
  const untagged = { ...event, tagStart: -1, tagEnd: -1 };
  return { code: "yaml-tag", name: tag, offset: event.tagStart, event: untagged };
}
