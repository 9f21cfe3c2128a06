import type { QueuedCommit } from "./proposals.ts";
import { openQueueLine, type QueueLine } from "./queue-line.ts";

/** Commits of a queue that are looked at. GitHub tests a hundred side by side at most. */
export const MOST_QUEUED = 100;

/** What those that were looked at have of that: new ones without end let none of them be forgotten. */
const MOST_FORMER = MOST_QUEUED / 2;

/**
 * Chooses among the commits that a server or a forge shows as those of a queue: those of open requests, each commit once, and where there
 * are too many, half of those that were looked at and half of the others. Of both, as many of each request, those first that wait longest. Anyone who
 * may push can give branches the names that a queue gives. By number.
 */
export function chooseQueued<Queued extends QueuedCommit>(
  listed: readonly Queued[],
  open: ReadonlySet<number>,
  line: QueueLine = openQueueLine(),
): readonly Queued[] {
  const ofOpen = listed.filter(({ number }) => open.has(number)).sort(inOrder);
  line.enter(ofOpen.map(({ sha }) => sha));
  const seen = new Set<string>();
  const each = ofOpen.filter(({ sha }) => !seen.has(sha) && seen.add(sha));
  const pick = (isFresh: boolean) => {
    const those = each.filter(({ sha }) => line.isFresh(sha) === isFresh);
    return takeTurns(those, line);
  };
  const [fresh, former] = [pick(true), pick(false)];
  const few = Math.max(MOST_FORMER, MOST_QUEUED - fresh.length);
  const chosen = former.slice(0, few);
  return [...fresh.slice(0, MOST_QUEUED - chosen.length), ...chosen].sort(inOrder);
}

/** As many of each request, those first that wait longest. */
function takeTurns<Queued extends QueuedCommit>(all: readonly Queued[], line: QueueLine): readonly Queued[] {
  const turns = new Map<number, number>();
  return all
    .toSorted((one, other) => line.compare(one.sha, other.sha))
    .map((one) => {
      const turn = turns.get(one.number) ?? 0;
      turns.set(one.number, turn + 1);
      return { one, turn };
    })
    .sort((left, right) => left.turn - right.turn)
    .map(({ one }) => one);
}

function inOrder(one: QueuedCommit, other: QueuedCommit): number {
  return one.number - other.number || (one.sha < other.sha ? -1 : Number(one.sha > other.sha));
}
