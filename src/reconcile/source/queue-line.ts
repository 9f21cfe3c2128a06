/** What the statuses of a queue's commit go by. */
export interface QueueBasis {
  /** The numbers of the requests that it is made of, or waits for. */
  readonly numbers: readonly number[];
  /** A hash of what was known of them, and of the branch. */
  readonly hash: string;
}

/**
 * In which order a queue's commits are looked at: those that were not yet as they came, and the others by how long ago that was. So no name that is
 * given later gets before one that waits.
 */
export interface QueueLine {
  /** Notes which commits are listed now; those that are not are forgotten. */
  enter(listed: readonly string[]): void;
  /** It is looked at now. */
  noteLook(sha: string): void;
  isFresh(sha: string): boolean;
  /** Whether it is listed now. */
  isListed(sha: string): boolean;
  /** What a look at it went by. */
  noteBasis(sha: string, basis: QueueBasis): void;
  /** What the last look at it went by; null: it did not end. */
  basisOf(sha: string): QueueBasis | null;
  /** Fresh ones first, and of two that which waits longer. */
  compare(one: string, other: string): number;
}

/** Commits that are remembered: a server lists as many as it likes. Of more, those that came last have no place before they are listed again. */
const MOST_REMEMBERED = 20_000;

interface Place {
  readonly at: number;
  readonly isFresh: boolean;
  readonly basis: QueueBasis | null;
}

/** An empty line. It is remembered in this process. */
export function openQueueLine(): QueueLine {
  const places = new Map<string, Place>();
  let next = 0;
  const isFresh = (sha: string) => places.get(sha)?.isFresh ?? true;
  const placeOf = (sha: string) => places.get(sha)?.at ?? Number.MAX_SAFE_INTEGER;
  return {
    enter: (listed) => {
      const there = new Set(listed);
      for (const sha of places.keys()) if (!there.has(sha)) places.delete(sha);
      for (const sha of there) {
        if (places.size >= MOST_REMEMBERED) return;
        if (!places.has(sha)) places.set(sha, { at: next++, isFresh: true, basis: null });
      }
    },
    noteLook: (sha) => void places.set(sha, { at: next++, isFresh: false, basis: null }),
    isFresh,
    isListed: (sha) => places.has(sha),
    noteBasis: (sha, basis) => {
      const place = places.get(sha);
      if (place !== undefined) places.set(sha, { ...place, basis });
    },
    basisOf: (sha) => places.get(sha)?.basis ?? null,
    compare: (one, other) => Number(isFresh(other)) - Number(isFresh(one)) || placeOf(one) - placeOf(other),
  };
}
