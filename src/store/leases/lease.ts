/** A process that may hold a lease, as another process can identify it. */
export interface LeaseHolder {
  /** Different for each lease that is taken. */
  readonly id: string;
  /** The machine's name, for people. */
  readonly host: string;
  readonly pid: number;
  /** The scope in which `pid` means this process: the same text on the same running machine only; null where that is unknown. */
  readonly machine: string | null;
  /** When the process started, in the machine's own count: it distinguishes reused numbers. Null: unknown. */
  readonly started: string | null;
}

/** What a lease is on: writing to a control plane, which commands do too, or a job of the daemon, by its name, over all replicas. */
export type LeaseSubject =
  | { readonly kind: "control_plane"; readonly org: string; readonly endpoint: string }
  | { readonly kind: "job"; readonly name: string };

/** The last lease that was given out for a target; times are ISO 8601 in UTC by the store's clock. */
export interface LeaseRecord extends LeaseHolder {
  /** Counts the leases of a target, from 1: a holder with a smaller one than the newest is late and has to be refused. */
  readonly fencing_number: number;
  readonly acquired_at: string;
  /** Until when its holder may write, unless it renews it. */
  readonly expires_at: string;
  /**
   * From when on another one may have it: a write that was sent right before the end is over by then. `expires_at` where an older release
   * has taken the lease.
   */
  readonly free_at: string;
  /** Given back: its holder writes no more. */
  readonly released: boolean;
}

/** A request to be the target's only writer. */
export interface LeaseRequest {
  readonly holder: LeaseHolder;
  /** For how long without a renewal, in milliseconds. */
  readonly ttlMs: number;
  /** For how long after its end a write of its holder may still be under way, in milliseconds: the time-out of one call. */
  readonly graceMs: number;
  /** The id of a lease that may be taken over before it expires, because its holder is gone; null: none. */
  readonly insteadOf: string | null;
}

/**
 * Refused: with the lease that is held, and in how long it comes free unless it is renewed, in milliseconds by the store's clock. `isAhead`:
 * its times lie further ahead than it can last; it comes free for a caller that keeps observing it, with the same {@link Leases}.
 */
export type LeaseAttempt =
  | { readonly acquired: true; readonly record: LeaseRecord }
  | { readonly acquired: false; readonly record: LeaseRecord; readonly freeInMs: number; readonly isAhead: boolean };

/**
 * Who may write to a target. A lease is free when it was released, when it has expired and its grace is over, and when it was observed for
 * that long without a renewal; of several concurrent callers, exactly one gets it. Each call is durable when its promise resolves, and
 * throws an OperationalError when the store fails.
 */
export interface Leases {
  /** The last one, free or not; null before the first. */
  read(): Promise<LeaseRecord | null>;
  acquire(request: LeaseRequest): Promise<LeaseAttempt>;
  /** Keeps it for another `ttlMs` from now, with the grace after it. False: another one has it, and writing must stop. */
  renew(id: string, ttlMs: number, graceMs: number): Promise<boolean>;
  /** Gives it back; no error when it is not held. */
  release(id: string): Promise<void>;
}
