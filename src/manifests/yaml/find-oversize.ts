import { EVENT_ID, type Event, getScalarValue } from "js-yaml";
import { offsetOf } from "./walk-nodes.ts";

/** Most characters of all keys that lead to one value. */
export const LONGEST_PATH = 2_048;
/** Most characters and steps of the paths of all values of one document: what keeps a path for each of them is no larger. */
export const MOST_PATHS = 20_000_000;
/** Most keys, values and list entries in one file. */
export const MAX_NODES = 100_000;

/** What of a document is too large to be processed value by value. */
export interface Oversize {
  readonly code: "path-too-long" | "yaml-too-many-values";
  readonly reason: string;
  /** Position of the key or value with which it becomes too large. */
  readonly offset: number;
}

interface Frame {
  readonly isMapping: boolean;
  /** Characters of the keys that lead to it. */
  readonly letters: number;
  /** Characters of the key whose value comes next; undefined: a key comes next, or it is a list. */
  key: number | undefined;
}

/**
 * The first key or value of one document with which its paths, or all of them together, become too long, or its values too many; null:
 * there is none. One step for each event, before anything is built from them.
 */
export function findOversize(events: readonly Event[], text: string): Oversize | null {
  const frames: Frame[] = [];
  let [nodes, total, place] = [0, 0, 0];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      frames.pop();
      continue;
    }
    nodes += 1;
    const start = offsetOf(event);
    // An empty one has no place of its own: that of the node before it stands in.
    if (start >= 0) place = start;
    const frame = frames.at(-1);
    const isKey = frame?.isMapping === true && frame.key === undefined;
    const own = isKey && event.type === EVENT_ID.SCALAR ? getScalarValue(text, event).length : 0;
    const letters = (frame?.letters ?? 0) + (isKey ? own : (frame?.key ?? 0));
    total += letters + frames.length;
    if (letters > LONGEST_PATH) {
      return { code: "path-too-long", reason: `this value have more than ${LONGEST_PATH} characters`, offset: place };
    }
    if (total > MOST_PATHS) {
      const reason = `all values have more than ${MOST_PATHS} characters together`;
      return { code: "path-too-long", reason, offset: place };
    }
    if (frame !== undefined) frame.key = isKey ? own : undefined;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      frames.push({ isMapping: event.type === EVENT_ID.MAPPING, letters, key: undefined });
    }
  }
  return nodes > MAX_NODES ? { code: "yaml-too-many-values", reason: String(nodes), offset: 0 } : null;
}
