/** How much is kept of a target, of all authors together and of each: a forge makes up authors. */
export interface AuthorTally {
  all: number;
  readonly by: Map<string, number>;
}

/** A tally of what each of them takes; one may be named several times. */
export function tallyAuthors(taken: Iterable<readonly [author: string, length: number]>): AuthorTally {
  const tally = { all: 0, by: new Map<string, number>() };
  for (const [author, length] of taken) addTo(tally, author, length);
  return tally;
}

/** Counts that something of an author takes so much more. */
export function addTo(tally: AuthorTally, author: string, length: number): void {
  tally.all += length;
  tally.by.set(author, (tally.by.get(author) ?? 0) + length);
}
