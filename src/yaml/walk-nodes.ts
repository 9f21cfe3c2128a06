import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from "js-yaml";

/** A node of a document: its event, its JSON pointer and where its key and its value begin (offsets into the text). */
export interface WalkedNode {
  readonly event: Event;
  readonly pointer: string;
  /** The key under which it stands in a mapping; undefined for list entries and the root. */
  readonly key: string | undefined;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

interface Frame {
  readonly pointer: string;
  readonly sequence: boolean;
  /** Where the collection itself begins: an empty entry has no place of its own. */
  readonly offset: number;
  index: number;
  key: { readonly text: string; readonly offset: number } | undefined;
}

/** JSON pointer of a child: `~` and `/` are escaped as in RFC 6901. */
export function joinPointer(parent: string, child: string | number): string {
  return `${parent}/${String(child).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Whether one of `pointers` is this pointer, or that of something around it; the root's is left out. */
export function isWithin(pointers: ReadonlySet<string>, pointer: string): boolean {
  if (pointers.size === 0) return false;
  for (let around = pointer; around !== ""; around = around.slice(0, around.lastIndexOf("/"))) {
    if (pointers.has(around)) return true;
  }
  return false;
}

/** Walks the events of one document in the order of the text. A mapping key that is a collection ends the walk. */
export function* walkNodes(events: readonly Event[], text: string): Generator<WalkedNode> {
  const frames: Frame[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      frames.pop();
      continue;
    }
    const frame = frames.at(-1);
    if (frame !== undefined && !frame.sequence && frame.key === undefined) {
      if (event.type !== EVENT_ID.SCALAR) return;
      frame.key = { text: getScalarValue(text, event), offset: findOffset(event) };
      continue;
    }
    const node = { event, ...nextNode(frame, findOffset(event)) };
    yield node;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      frames.push({
        pointer: node.pointer,
        sequence: event.type === EVENT_ID.SEQUENCE,
        offset: node.valueOffset,
        index: 0,
        key: undefined,
      });
    }
  }
}

function nextNode(frame: Frame | undefined, valueOffset: number): Omit<WalkedNode, "event"> {
  if (frame === undefined) {
    const at = Math.max(valueOffset, 0);
    return { pointer: "", key: undefined, keyOffset: at, valueOffset: at };
  }
  const key = frame.key;
  frame.key = undefined;
  if (key !== undefined) {
    // An empty value has no place of its own: its key's stands in.
    const at = valueOffset < 0 ? key.offset : valueOffset;
    return { pointer: joinPointer(frame.pointer, key.text), key: key.text, keyOffset: key.offset, valueOffset: at };
  }
  const pointer = joinPointer(frame.pointer, frame.index);
  frame.index += 1;
  const at = valueOffset < 0 ? frame.offset : valueOffset;
  return { pointer, key: undefined, keyOffset: at, valueOffset: at };
}

function findOffset(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      // An empty scalar has no offset; a quoted one begins at its quote.
      return event.valueStart - (isQuoted(event) ? 1 : 0);
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return -1;
  }
}

function isQuoted(event: ScalarEvent): boolean {
  return event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
}
