/** For each state, what each event leads to there; null: the event is impossible in it. */
export type Transitions<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Record<Event, State | null>>>
>;

/** The state that an event leads to. Throws an Error where the table has none: only a bug can ask for it. */
export function transition<State extends string, Event extends string>(
  table: Transitions<State, Event>,
  state: State,
  event: Event,
): State {
  const next = table[state][event];
  if (next === null) throw new Error(`impossible transition: ${event} while ${state}`);
  return next;
}

/**
 * An event as one statement of a store makes it, which moves many rows: from which states, in the order of the table, and to which one. Throws an
 * Error where it leads to several, or is impossible everywhere.
 */
export function moveOf<State extends string, Event extends string>(
  table: Transitions<State, Event>,
  event: Event,
): { readonly from: readonly State[]; readonly to: State } {
  const moves = (Object.entries(table) as [State, Readonly<Record<Event, State | null>>][]).flatMap(
    ([state, { [event]: to }]) => (to === null ? [] : [{ state, to }]),
  );
  const [to, ...others] = new Set(moves.map((move) => move.to));
  if (to === undefined || others.length > 0) throw new Error(`${event} does not lead to one state`);
  return { from: moves.map(({ state }) => state), to };
}
