import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import { joinPointer } from "./pointer-tree.ts";

/** A node of a document: its event, its parent, and where its key and its value begin (offsets into the text). */
export interface WalkedNode {
  readonly event: Event;
  /** The collection that holds it; undefined for the root. */
  readonly parent: WalkedNode | undefined;
  /** Its key in a mapping, or its index in a list; undefined for the root. */
  readonly step: string | number | undefined;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

interface Frame {
  readonly node: WalkedNode;
  readonly sequence: boolean;
  index: number;
  key: { readonly text: string; readonly offset: number } | undefined;
}

/** JSON pointer of a node. */
export function pointerOf({ parent, step }: WalkedNode): string {
  return parent === undefined || step === undefined ? "" : joinPointer(pointerOf(parent), step);
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
      frame.key = { text: getScalarValue(text, event), offset: offsetOf(event) };
      continue;
    }
    const node = { event, ...nextNode(frame, offsetOf(event)) };
    yield node;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      frames.push({
        node,
        sequence: event.type === EVENT_ID.SEQUENCE,
        index: 0,
        key: undefined,
      });
    }
  }
}

function nextNode(frame: Frame | undefined, valueOffset: number): Omit<WalkedNode, "event"> {
  if (frame === undefined) {
    const at = Math.max(valueOffset, 0);
    return { parent: undefined, step: undefined, keyOffset: at, valueOffset: at };
  }
  const key = frame.key;
  frame.key = undefined;
  if (key !== undefined) {
    // An empty value has no place of its own: its key's stands in.
    const at = valueOffset < 0 ? key.offset : valueOffset;
    return { parent: frame.node, step: key.text, keyOffset: key.offset, valueOffset: at };
  }
  const step = frame.index;
  frame.index += 1;
  // Nor has an empty entry: where its list begins.
  const at = valueOffset < 0 ? frame.node.valueOffset : valueOffset;
  return { parent: frame.node, step, keyOffset: at, valueOffset: at };
}

/** Where a node begins, its quote included; negative: it is empty, and has no place of its own. */
export function offsetOf(event: Event): number {
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
