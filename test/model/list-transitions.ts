import type { Transitions } from "../../src/model/transitions.ts";

/** A table as lines of (from, event, to), without what is impossible. */
export function listTransitions<State extends string, Event extends string>(
  table: Transitions<State, Event>,
): readonly string[] {
  return Object.entries<Readonly<Record<string, State | null>>>(table).flatMap(([from, events]) =>
    Object.entries(events).flatMap(([event, to]) => (to === null ? [] : [`${from} ${event} ${to}`])),
  );
}
