import type { QueuedCommit } from "./proposals.ts";
import { openQueueLine, type QueueLine } from "./queue-line.ts";

/** Commits of a queue that are looked at. GitHub tests a hundred side by side at most. */
export const MOST_QUEUED = 100;

/**
 * Chooses among the commits that a server or a forge shows as those of a queue: those of open requests, each commit once, and where there
 * are too many, as many of each request, those first that wait longest. Anyone who may push can give branches the names that a queue gives. By number.
 */
export function chooseQueued<Queued extends QueuedCommit>(
  listed: readonly Queued[],
  open: ReadonlySet<number>,
  line: QueueLine = openQueueLine(),
): readonly Queued[] {
  const seen = new Set<string>();
  const turns = new Map<number, number>();
  const ofOpen = listed.filter(({ number }) => open.has(number)).sort(inOrder);
  line.enter(ofOpen.map(({ sha }) => sha));
  return ofOpen
    .sort((one, other) => one.number - other.number || line.compare(one.sha, other.sha))
    .flatMap((one) => {
      if (seen.has(one.sha)) return [];
      seen.add(one.sha);
      const turn = turns.get(one.number) ?? 0;
      turns.set(one.number, turn + 1);
      return [{ one, turn }];
    })
    .sort((left, right) => left.turn - right.turn || line.compare(left.one.sha, right.one.sha))
    .slice(0, MOST_QUEUED)
    .map(({ one }) => one)
    .sort(inOrder);
}

function inOrder(one: QueuedCommit, other: QueuedCommit): number {
  return one.number - other.number || (one.sha < other.sha ? -1 : Number(one.sha > other.sha));
}
