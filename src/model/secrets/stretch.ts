/** A stretch of a text: offsets, end exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The same letters in order, and each once: stretches that overlap become one. */
export function joinStretches(stretches: readonly Stretch[]): readonly Stretch[] {
  if (stretches.length < 2) return stretches;
  const joined: Stretch[] = [];
  for (const stretch of stretches.toSorted((left, right) => left.start - right.start)) {
    const last = joined.at(-1);
    if (last === undefined || stretch.start >= last.end) joined.push(stretch);
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, stretch.end) };
  }
  return joined;
}
