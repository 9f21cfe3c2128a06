import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { PlaceFacts, TargetState } from "../../model/daemon/daemon-records.ts";
import type { ChangeEntry } from "../../model/ledger/change-log.ts";
import type { BegunWrite } from "../../model/ledger/ledger.ts";
import type { PassRecord } from "../../model/passes/pass.ts";
import { isNoOp, type Plan } from "../../model/plan/plan.ts";
import type { Store } from "../../store/open-store.ts";

/** Entries of the change log that were not reported to receivers yet, and the last number that was. */
export interface UnreportedWrites {
  /** What the target is called, and names that it had when some of them were made. */
  readonly names: readonly string[];
  /** The number of the last entry that was reported; null: none was. */
  readonly previous_seq: number | null;
  /** Oldest first. */
  readonly entries: readonly ChangeEntry[];
  /** Whether there may be later ones, for the next pass, as far as it has to know of whom they are. */
  readonly has_more: boolean;
  /** Passes that have reported what they wrote themselves, though their entries are among these, or later ones. */
  readonly reported: readonly string[];
  /** For which changes runs had written that were not on record as applied when the pass began. */
  readonly begun: readonly BegunWrite[];
}

/** Entries per read. */
const PAGE = 200;
/** Pages of one pass; the next one continues. */
const MOST_PAGES = 10;
/** Bytes of values of each: all that is reported is in memory together. */
const MOST_OF_PAGE = 1_000_000;
/** How far back the first report about a target goes: so that a first pass that is killed leaves nothing unreported. */
const FIRST_MS = 24 * 3_600_000;

/** What is known of the reports so far. */
export interface ReportedBefore {
  readonly before: Pick<TargetState, "told_seq" | "told_runs" | "told_as"> | null;
  /** As {@link UnreportedWrites.begun}. */
  readonly begun: readonly BegunWrite[];
  readonly now: string;
}

/**
 * Reads the writes to a target's control plane since the last report, by the target or by a command, in any run. For a target without a
 * report yet, its own writes of the last day.
 */
export async function readUnreported(
  store: Pick<Store, "readChanges" | "readUnlogged">,
  { name: target, sensitive: patterns }: Pick<TargetConfig, "name" | "sensitive">,
  { before, begun, now }: ReportedBefore,
): Promise<UnreportedWrites> {
  const previous_seq = before?.told_seq ?? null;
  const former = before?.told_as ?? [];
  const known = { names: [target, ...former], previous_seq, reported: before?.told_runs ?? [], begun };
  // Entered into the log only later, they are of the target under the name of now all the same.
  const has_unlogged = former.length > 0 && (await store.readUnlogged()).length > 0;
  const entries: ChangeEntry[] = [];
  const read = (range: { readonly after?: number; readonly before?: number }, order: "oldest" | "newest") =>
    store.readChanges({ target, former, patterns, limit: PAGE, bytes: MOST_OF_PAGE, order, ...range });
  if (previous_seq !== null) {
    for (let pages = 0, after = previous_seq; pages < MOST_PAGES; pages += 1) {
      const page = await read({ after }, "oldest");
      entries.push(...page);
      // A page of long values is shorter, though more follow.
      if (page.length === 0) return { ...known, entries, has_more: has_unlogged };
      after = page.at(-1)?.seq ?? after;
    }
    return { ...known, entries, has_more: true };
  }
  const since = new Date(Date.parse(now) - FIRST_MS).toISOString();
  const recent = (await read({}, "newest")).filter((entry) => isOf(known, entry) && entry.at >= since);
  return { ...known, entries: recent.toReversed(), has_more: has_unlogged };
}

/** Whether an entry is of a pass of the target, under any of its names. */
function isOf({ names }: Pick<UnreportedWrites, "names">, { target, via }: ChangeEntry): boolean {
  return target !== null && via === "daemon" && names.includes(target);
}

/**
 * For a pass that came to no plan, or broke off before it knew which earlier writes have arrived: without the writes for the target, by
 * itself and by a pass that was killed. The next one that knows what is left of them reports them as a whole. Later entries wait with them.
 */
export function leaveUnjudged(unreported: UnreportedWrites): UnreportedWrites {
  const { entries } = unreported;
  const first = entries.findIndex((entry) => isOf(unreported, entry));
  // Of some of them the log may not know the outcome yet.
  return { ...unreported, entries: first === -1 ? entries : entries.slice(0, first), has_more: true };
}

/** So many passes at most are known to have reported: none has as many entries that the next ones are still to read. */
const MOST_RUNS = 100;

/** What the next pass has to know of what receivers have with the report of this one. */
export function followReported(
  { names: [, ...former], previous_seq, entries, has_more, reported }: UnreportedWrites,
  { id, outcome }: Pick<PassRecord, "id" | "outcome">,
): Pick<PlaceFacts, "told_seq" | "told_runs" | "told_as"> {
  const told_seq = entries.at(-1)?.seq ?? previous_seq;
  if (!has_more) return { told_seq, told_runs: [], told_as: [] };
  const hasReport = "report" in outcome && outcome.report !== null;
  return { told_seq, told_runs: [...reported, ...(hasReport ? [id] : [])].slice(-MOST_RUNS), told_as: former };
}

/** The context of a pass that looks for the writes of others. */
export interface KilledFacts {
  /** The pass itself, and the revision that it was about. */
  readonly run: string | null;
  readonly revision: string | null;
  /** What its plan changes; null: it came to none. */
  readonly changes: Plan["changes"] | null;
}

/** The writes, and what is known of the runs that made them. */
type KnownWrites = Pick<UnreportedWrites, "names" | "entries" | "reported" | "begun">;

/**
 * The writes of passes that reported nothing themselves: they were killed before they were on record, or broke off without a report. Without
 * those for changes that are half-way: see {@link listHalfWay}.
 */
export function listKilled(known: KnownWrites, facts: KilledFacts): readonly ChangeEntry[] {
  const left = listLeft(facts);
  const isHalfWay = judgeHalfWay(known, left);
  return listOfKilled(known, facts).filter((entry) =>
    entry.result === "unanswered"
      ? // Without a response it was applied where the live state is what the commit asks for.
        facts.changes !== null && entry.revision === facts.revision && !left.has(entry.address)
      : !isHalfWay(entry),
  );
}

/**
 * The writes of such passes for changes that they left unfinished, and of which the plan has something left: to continue what they began, or to
 * take it back. Without those that may not have arrived.
 */
export function listHalfWay(known: KnownWrites, facts: KilledFacts): readonly ChangeEntry[] {
  const isHalfWay = judgeHalfWay(known, listLeft(facts));
  return listOfKilled(known, facts).filter((entry) => entry.result !== "unanswered" && isHalfWay(entry));
}

function listOfKilled(known: KnownWrites, { run }: KilledFacts): readonly ChangeEntry[] {
  const reported = new Set([...known.reported, run]);
  return known.entries.filter((entry) => isOf(known, entry) && !reported.has(entry.run_id));
}

/** What a run finished is done, also where the plan changes it again: by a newer commit, or because another writer has changed it. */
function judgeHalfWay({ begun }: KnownWrites, left: ReadonlySet<string>) {
  const name = ({ run_id, address }: BegunWrite) => `${run_id} ${address}`;
  const open = new Set(begun.map(name));
  return (entry: ChangeEntry) => left.has(entry.address) && open.has(name(entry));
}

function listLeft({ changes }: KilledFacts): ReadonlySet<string> {
  return new Set((changes ?? []).flatMap((change) => (isNoOp(change) ? [] : [change.address])));
}
