import type { DaemonConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { MonotonicClock } from "../store/leases/monotonic-clock.ts";
import type { Log } from "./logging/log.ts";

/** What old records are removed with. */
export interface RemovalTools {
  readonly records: Pick<DaemonRecords, "now" | "readStates" | "prune" | "isDated" | "forgetTargets">;
  readonly log: Pick<Log, "info">;
  readonly clock: Pick<MonotonicClock, "now">;
  /** Another one after a reload. */
  readonly config: () => Pick<DaemonConfig, "retention" | "targets">;
  /** As `AnnounceTools.started_at`. */
  readonly started_at: string;
}

/** What is known of the clocks since a daemon began to look; times in milliseconds, `ran` by a clock that never jumps. */
export interface ClockWatch {
  /** When it began, and the newest time of before its start that is on record; null: there is none. */
  readonly began: { readonly ran: number; readonly newest: number | null };
  /** By how much the clocks differ, and since when. */
  readonly offset: number;
  readonly since: number;
}

/** A look at both clocks. */
export interface ClockLook {
  readonly now: number;
  readonly ran: number;
}

/** For so long the clocks have to agree until the one that can be set is believed more than the records. */
const AGREED_MS = 86_400_000;
/** A clock that is set by less than that has not jumped. */
const DRIFT_MS = 60_000;
/** Of so many days something has to be on record for anything older to go. */
const WITNESS_MS = 7 * 86_400_000;
/** Older than this is nothing. */
const NEVER = "";

/** Continues a watch with another look. */
export function followClock(former: ClockWatch, { now, ran }: ClockLook): ClockWatch {
  const offset = now - ran;
  return Math.abs(offset - former.offset) < DRIFT_MS ? former : { ...former, offset, since: ran };
}

/**
 * The time by which records may be called old; null: it is not known. It is no later than what was on record when the daemon began, and the time
 * that it has run since: a clock that is ahead for a moment makes nothing old.
 */
export function findSureTime({ began, since }: ClockWatch, { now, ran }: ClockLook): number | null {
  if (ran - since >= AGREED_MS) return now;
  return began.newest === null ? null : Math.min(now, began.newest + ran - began.ran);
}

/** What a daemon remembers from one removal to the next. */
export interface RemovalMemory {
  /** When the last one was. */
  readonly ran: number;
  readonly watch: ClockWatch;
  /** Whether it was reported that something older stays. */
  readonly isHeld: boolean;
}

/**
 * Removes what is past its retention by a time that is sure, and says in the log what. Nothing goes where the days before it are not on record:
 * then the daemon was off for long, or what is on record was dated by a clock that was wrong. It goes once what was written since is as old.
 * A target that left the configuration is shown nowhere, and kept as long as all else in case it comes back.
 */
export async function removeOld(
  { records, config, clock, log, started_at }: RemovalTools,
  memory: RemovalMemory | null,
): Promise<RemovalMemory> {
  const { retention, targets } = config();
  const look = { now: Date.parse(await records.now()), ran: clock.now() };
  const looked = (await records.readStates()).map(({ updated_at }) => updated_at);
  const watch = memory === null ? beginWatch(looked, started_at, look) : followClock(memory.watch, look);
  const sure = findSureTime(watch, look);
  const spans = [retention.keep_ms, retention.changes_ms].map((span) => (sure === null ? null : sure - span));
  const limits = await Promise.all(spans.map((limit) => findLimit(records, looked, limit)));
  const [before = NEVER, changes_before = NEVER] = limits.map((limit) => limit.before);
  const removed = await records.prune(before, retention.passes, changes_before);
  if (Object.keys(removed).length > 0)
    log.info({ removed, before, changes_before }, "Records past their retention are removed.");
  const isHeld = limits.some((limit) => limit.isHeld);
  if (isHeld && memory?.isHeld !== true) log.info({}, HELD);
  const configured = targets.map(({ name }) => name);
  for (const target of await records.forgetTargets(configured, before)) {
    log.info({ target }, "The target is no longer configured: its records are removed.");
  }
  return { ran: look.ran, watch, isHeld };
}

const HELD =
  "Nothing on record is dated within the week before the retention's limit: what is older is kept until a newer record is as old. That is so after a quiet week, where the daemon was off, and where a clock was wrong.";

function beginWatch(looked: readonly string[], started_at: string, { now, ran }: ClockLook): ClockWatch {
  // What this daemon has written already has the time of the clock that is in question.
  const newest = looked
    .filter((at) => at <= started_at)
    .sort()
    .at(-1);
  const began = { ran, newest: newest === undefined ? null : Date.parse(newest) };
  return { began, offset: now - ran, since: ran };
}

interface Limit {
  readonly before: string;
  readonly isHeld: boolean;
}

async function findLimit(
  records: RemovalTools["records"],
  looked: readonly string[],
  limit: number | null,
): Promise<Limit> {
  if (limit === null) return { before: NEVER, isHeld: false };
  const [from, before] = [limit - WITNESS_MS, limit].map((at) => new Date(at).toISOString()) as [string, string];
  const isWitnessed = looked.some((at) => at >= from && at < before) || (await records.isDated(from, before));
  if (isWitnessed) return { before, isHeld: false };
  return { before: NEVER, isHeld: await records.isDated(NEVER, from) };
}
