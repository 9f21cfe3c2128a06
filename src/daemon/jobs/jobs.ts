import type { MonotonicClock } from "../../store/leases/monotonic-clock.ts";

/**
 * One job by its name (`nameJob`): a pass over a target, unless it says otherwise. Where it throws an OperationalError whose `next` is `wait`, as for a lease that another one has, or for a
 * configuration that is being replaced (`configuration_replaced`), it is asked again a little later; `target_elsewhere` leaves the job to other replicas. Nothing else that it throws is
 * repeated. It ends soon after the signal is aborted.
 */
export type Work = (target: string, signal: AbortSignal, confirm: ConfirmJob) => Promise<void>;

/**
 * Throws an OperationalError `lease_lost` where another replica may have the job by now, and the store's error where that can't be found out. To
 * be awaited right before a write that an outdated replica must not make: the signal says only what this machine's clock has noticed.
 */
export type ConfirmJob = () => Promise<void>;

/** How passes are triggered. A pass is level-triggered, so that several requests for one are merged. */
export interface Jobs {
  /**
   * Starts running requests: one pass at a time per target over all replicas, different targets concurrently. Requests that come during a
   * pass over their target lead to exactly one more.
   */
  start(work: Work): Promise<void>;
  /**
   * Requests a pass, `delayMs` from now at the latest (default: immediately). A target has one pending request: the earliest time counts,
   * and its pass requests later ones itself.
   */
  request(target: string, options?: RequestOptions): Promise<void>;
  /** Asks for a pass whenever the cron expression (five fields, in its time zone) says so, in place of an earlier one; null: no more. */
  schedule(target: string, cron: string | null, timeZone: string): Promise<void>;
  /** Throws an OperationalError where requests can't be read, and waits as long as the database that keeps them: then no pass is made. */
  prove(): Promise<void>;
  /** Starts no more passes, aborts those that run, and resolves when they have ended. */
  stop(): Promise<void>;
}

export interface RequestOptions {
  readonly delayMs?: number;
}

/** What is the same for all kinds of jobs. */
export interface JobsOptions {
  /** Receives what `Work` throws beside these two, and errors around it; `target` where it concerns one. */
  readonly onError: (error: unknown, target: string | null) => void;
  /** Most concurrent passes in this process, slow ones not counted; as many slow ones are allowed in addition. Default: 4. */
  readonly concurrency?: number;
  /** A pass that runs for longer than this is slow, in milliseconds. Default: 5 s. */
  readonly slowMs?: number;
  /** When a target is tried again whose lease another one has. Default: 2 s. */
  readonly retryMs?: number;
  /** The time in milliseconds since 1970, for schedules. Default: the machine's clock. */
  readonly now?: () => number;
  /** What delays are measured by. Default: the machine's. */
  readonly clock?: MonotonicClock;
}

/** Default of {@link JobsOptions.concurrency}. */
export const CONCURRENCY = 4;
/** Default of {@link JobsOptions.slowMs}. */
export const SLOW_MS = 5_000;
/** Default of {@link JobsOptions.retryMs}. */
export const RETRY_MS = 2_000;
