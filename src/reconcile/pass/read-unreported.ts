import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { ChangeEntry } from "../../model/ledger/change-log.ts";
import { isNoOp, type Plan } from "../../model/plan/plan.ts";
import type { Store } from "../../store/open-store.ts";

/** Entries of the change log that were not reported to receivers yet, and the last number that was. */
export interface UnreportedWrites {
  /** The number of the last entry that was reported; null: none was. */
  readonly previous_seq: number | null;
  /** Oldest first. */
  readonly entries: readonly ChangeEntry[];
}

/** Entries per read. */
const PAGE = 200;
/** Pages of one pass; the next one continues. */
const MOST_PAGES = 10;
/** How far back the first report about a target goes: so that a first pass that is killed leaves nothing unreported. */
const FIRST_MS = 24 * 3_600_000;

/**
 * Reads the writes to a target's control plane since the last report, by the target or by a command, in any run. For a target without a
 * report yet, its own writes of the last day.
 */
export async function readUnreported(
  store: Pick<Store, "readChanges">,
  { name: target, sensitive: patterns }: Pick<TargetConfig, "name" | "sensitive">,
  previous_seq: number | null,
  now: string,
): Promise<UnreportedWrites> {
  const entries: ChangeEntry[] = [];
  const read = (range: { readonly after?: number; readonly before?: number }, order: "oldest" | "newest") =>
    store.readChanges({ target, patterns, limit: PAGE, order, ...range });
  if (previous_seq !== null) {
    for (let pages = 0, after = previous_seq; pages < MOST_PAGES; pages += 1) {
      const page = await read({ after }, "oldest");
      entries.push(...page);
      if (page.length < PAGE) break;
      after = page.at(-1)?.seq ?? after;
    }
    return { previous_seq, entries };
  }
  const since = new Date(Date.parse(now) - FIRST_MS).toISOString();
  const recent = (await read({}, "newest")).filter((entry) => entry.target === target && entry.at >= since);
  return { previous_seq, entries: recent.toReversed() };
}

/**
 * For a pass that came to no plan, or broke off before it knew which earlier writes have arrived: without the writes for the target, by
 * itself and by a pass that was killed. The next one that knows what is left of them reports them as a whole. Later entries wait with them.
 */
export function leaveUnjudged({ previous_seq, entries }: UnreportedWrites, target: string): UnreportedWrites {
  const first = entries.findIndex((entry) => entry.via === "daemon" && entry.target === target);
  return { previous_seq, entries: first === -1 ? entries : entries.slice(0, first) };
}

/** The context of a pass that looks for the writes of others. */
export interface KilledFacts {
  readonly target: string;
  /** The pass itself, and the revision that it was about. */
  readonly run: string | null;
  readonly revision: string | null;
  /** What its plan changes; null: it came to none. */
  readonly changes: Plan["changes"] | null;
}

/**
 * The writes of passes that reported nothing themselves: they were killed before they were on record, or broke off without a report. Without
 * those of which the plan has steps left: see {@link listHalfWay}.
 */
export function listKilled({ entries }: Pick<UnreportedWrites, "entries">, facts: KilledFacts): readonly ChangeEntry[] {
  const left = listLeft(facts);
  return entries.filter(
    (entry) =>
      isOfKilled(entry, facts) &&
      !left.has(entry.address) &&
      // Without a response it was applied where the live state is what the commit asks for.
      (entry.result !== "unanswered" || (facts.changes !== null && entry.revision === facts.revision)),
  );
}

/**
 * The writes of such passes at addresses of which the plan has steps left: to continue what they began, or to take it back. Without those that
 * may not have arrived.
 */
export function listHalfWay(
  { entries }: Pick<UnreportedWrites, "entries">,
  facts: KilledFacts,
): readonly ChangeEntry[] {
  const left = listLeft(facts);
  return entries.filter(
    (entry) => isOfKilled(entry, facts) && left.has(entry.address) && entry.result !== "unanswered",
  );
}

function isOfKilled({ target, via, run_id }: ChangeEntry, facts: KilledFacts): boolean {
  return target === facts.target && via === "daemon" && run_id !== facts.run;
}

function listLeft({ changes }: KilledFacts): ReadonlySet<string> {
  return new Set((changes ?? []).flatMap((change) => (isNoOp(change) ? [] : [change.address])));
}
