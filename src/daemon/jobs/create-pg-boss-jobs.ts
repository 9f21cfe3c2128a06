import { createHash } from "node:crypto";
import { backOff } from "../../model/errors/back-off.ts";
import { describeLocation } from "../../store/database/describe-location.ts";
import { explainingErrors, explainStoreError, isOfTables } from "../../store/database/explain-store-error.ts";
import { holdLease, LEASE_MS } from "../../store/leases/hold-lease.ts";
import type { Leases } from "../../store/leases/lease.ts";
import { monotonicClock } from "../../store/leases/monotonic-clock.ts";
import { createPassRunner, type PassRunner, type RunOne } from "./create-pass-runner.ts";
import { CONCURRENCY, type Jobs, type JobsOptions, RETRY_MS, SLOW_MS, type Work } from "./jobs.ts";
import { keepSchedules } from "./keep-schedules.ts";
import { openPassQueue, type QueuedPass, type TakenPass } from "./open-pass-queue.ts";

/** How often a replica looks for work, in milliseconds, on average. */
export const POLL_MS = 1_000;
/** The longest pause between two looks where the database does not answer, in milliseconds. */
const LONGEST_PAUSE_MS = 15_000;

/** After so many proofs in a row that found no table, or another one than expected, the queue is opened again. pg-boss itself finds no work then. */
const PROOFS_TO_REOPEN = 3;

/** How many replicas in a row may take a request and not have its target until it is dropped: about a minute by default. */
const MOST_PASSED_ON = 30;

/** Jobs of several replicas. */
export interface PgBossOptions extends JobsOptions {
  /** Who makes the passes over a target: by this lease all replicas agree. */
  readonly jobLeases: (target: string) => Leases;
  /** How long it lasts without a renewal, in milliseconds. Default: that of every lease. */
  readonly leaseMs?: number;
  /** How often each replica looks for work, in milliseconds, on average. Default: {@link POLL_MS}. */
  readonly pollMs?: number;
  /**
   * After how long a pass that was begun is begun by another replica, in case the first one was killed, in milliseconds. One that
   * only takes longer has the lease as yet, and is followed by one more. Default: as long as the lease lasts.
   */
  readonly takeOverMs?: number;
  /** How long one statement may take, in milliseconds. Default: as `PassQueueOptions.statementMs`. */
  readonly statementMs?: number;
  /** Called where another process is waited for until the queue can be opened. Default: nothing is shown. */
  readonly warn?: (warning: string) => void;
  /** As `PostgresOptions.readUrl`. */
  readonly readUrl?: (() => string) | undefined;
}

/**
 * Jobs of all replicas on one PostgreSQL database at a `postgres://` URL, kept in a schema of their own, `poolkeeper_jobs`: what
 * was asked for while no replica ran is done by the first that starts. That a target has one pass at a time over all replicas is
 * the doing of a lease, which is taken around every pass; a pass whose lease is lost is aborted. The connection is opened by the first call; calls throw an OperationalError
 * while the database is not reached.
 */
export function createPgBossJobs(url: string, options: PgBossOptions): Jobs {
  const { concurrency = CONCURRENCY, retryMs = RETRY_MS, now = Date.now, clock = monotonicClock } = options;
  const { slowMs = SLOW_MS, onError, pollMs = POLL_MS, leaseMs = LEASE_MS, takeOverMs = leaseMs, readUrl } = options;
  const { statementMs, warn } = options;
  const place = describeLocation(url);
  const explaining = explainingErrors(place);
  const onQueueError = (error: unknown) => onError(explainStoreError(error, place), null);
  let opening: ReturnType<typeof openPassQueue> | null = null;
  const open = () => {
    // A failed one is no reason for the next call to fail.
    opening ??= openPassQueue(url, { takeOverMs, onError: onQueueError, statementMs, warn, readUrl }).catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  const request = (pass: QueuedPass) => explaining(async () => (await open()).add(pass));
  const ended = new AbortController();
  let nudge = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  let runner: PassRunner | null = null;

  /** While a configuration is rolled out, another replica may have the target; where none has it for long, it is not configured any more. */
  const passOn = async ({ target, passedOn }: TakenPass) => {
    if (passedOn >= MOST_PASSED_ON) return;
    await request({ target, delayMs: retryMs, passedOn: passedOn + 1 });
  };
  const runPass = async (passes: PassRunner, pass: TakenPass) => {
    const { id, target, passedOn } = pass;
    try {
      const outcome = passes.mayRun(target) ? await passes.run(target) : "held";
      // First the next request, then the end of this one: a crash in between loses nothing.
      if (outcome === "elsewhere") await passOn(pass);
      else if (outcome === "held") await request({ target, delayMs: retryMs, passedOn });
      // Cut short: another replica continues.
      else if (ended.signal.aborted) await request({ target, delayMs: 0 });
      await explaining(async () => (await open()).end(id));
    } catch (error) {
      // It comes again, as after a crash.
      onError(error, target);
    }
    nudge.abort();
  };
  /** What runs, until its request has ended too. */
  const following = new Set<Promise<void>>();
  const follow = (work: Promise<void>) => {
    following.add(work);
    void work.finally(() => following.delete(work));
  };
  /** Opening it makes tables that are gone. What had been asked for is asked for again once the store counts as fit. */
  const reopen = async () => {
    const former = opening;
    opening = null;
    await (await former)?.close();
  };
  let unproven = 0;
  const prove = async () => {
    try {
      await (await open()).prove();
      unproven = 0;
    } catch (error) {
      if (isOfTables(error)) unproven += 1;
      if (unproven >= PROOFS_TO_REOPEN) await reopen();
      throw error;
    }
  };
  /** A database that is not there is asked again a little later, and less often the longer it is not. */
  let misses = 0;
  const take = async (limit: number) => {
    try {
      const found = await (await open()).take(limit);
      misses = 0;
      return found;
    } catch (error) {
      misses += 1;
      onQueueError(error);
      return [];
    }
  };
  const look = async (passes: PassRunner) => {
    while (!ended.signal.aborted) {
      nudge = new AbortController();
      const free = passes.free();
      const found = free > 0 ? await take(free) : [];
      for (const pass of found) follow(runPass(passes, pass));
      const pause = Math.max(pollMs, backOff({ first: pollMs, longest: LONGEST_PAUSE_MS }, misses + 1));
      // With equal pauses, the replica that passes a request on would be the first to look whenever it is due again.
      const varied = pause * (0.5 + Math.random());
      if (found.length < free || free <= 0) await clock.sleep(varied, AbortSignal.any([nudge.signal, ended.signal]));
    }
  };
  const schedules = keepSchedules(
    (target, moment) => {
      request({ target, delayMs: 0, id: nameMoment(target, moment) }).catch((error) => onError(error, target));
    },
    { now, clock },
  );

  return {
    start: async (work) => {
      await explaining(open);
      runner = createPassRunner(withPassLease(work, options), {
        ...{ concurrency, slowMs, clock, onError },
        onFree: () => nudge.abort(),
      });
      looking = look(runner);
    },
    request: async (target, { delayMs = 0 } = {}) => {
      await request({ target, delayMs });
      nudge.abort();
    },
    schedule: async (target, cron, timeZone) => schedules.set(target, cron, timeZone),
    prove: () => explaining(prove),
    stop: async () => {
      schedules.stop();
      ended.abort();
      await looking;
      await runner?.stop();
      await Promise.all(following);
      await explaining(async () => (await opening)?.close());
    },
  };
}

/** Without a grace: a pass that lost its lease may still be reading. To write, it holds the lease of its control plane. */
function withPassLease(work: Work, { jobLeases, leaseMs, clock = monotonicClock, onError }: PgBossOptions): RunOne {
  return async (target, signal) => {
    const lease = await holdLease(jobLeases(target), { ttlMs: leaseMs, graceMs: 0, clock });
    try {
      await work(target, AbortSignal.any([signal, lease.lost]), lease.confirm);
    } finally {
      // It ends by itself too.
      await lease.release().catch((error) => onError(error, target));
    }
  };
}

/** The same for all replicas, so that their clocks fire once together: as a UUID, which is what ids of jobs are. */
function nameMoment(target: string, moment: number): string {
  const hash = createHash("sha256").update(`${target} ${moment}`).digest("hex");
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
