import { randomUUID } from "node:crypto";
import { OperationalError, STORE_TOO_NEW } from "../../model/errors/operational-error.ts";
import { DEFAULT_WRITE_TIMEOUT_MS } from "../../systems/http/transport-settings.ts";
import { identifyProcess, isProcessGone } from "./identify-process.ts";
import type { LeaseAttempt, LeaseRecord, LeaseRequest, Leases } from "./lease.ts";
import { type LeaseEvent, type LeaseState, leaseLost, moveLease } from "./lease-state.ts";
import { type MonotonicClock, monotonicClock } from "./monotonic-clock.ts";

/** How long a lease lasts without a renewal, in milliseconds. */
export const LEASE_MS = 12_000;

/** What callers may settle. */
export interface HoldOptions {
  /** Default: {@link LEASE_MS}. */
  readonly ttlMs?: number | undefined;
  /** The time-out of one write, in milliseconds. Default: {@link DEFAULT_WRITE_TIMEOUT_MS}. */
  readonly graceMs?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: MonotonicClock;
  /**
   * Waits so many milliseconds for a lease whose times lie further ahead than it can last: for who does not come back by itself. Done once. Default: it
   * is held, as any other.
   */
  readonly waitForAhead?: (milliseconds: number) => Promise<void>;
}

/**
 * A lease that is held, and renewed every third of its time. It ends in one of two ways, once: it is released, or it is lost,
 * because another one took it or because it could not be renewed in time. What is lost stays lost.
 */
export interface HeldLease {
  /** As it was given: its `fencing_number` is greater than that of any lease before. */
  readonly record: LeaseRecord;
  /**
   * The store's time in milliseconds since 1970: what it said when it gave the lease, and what has passed here since. So no clock that is set back, and
   * no other machine's, puts what the holder records out of order.
   */
  now(): number;
  /** Aborted when the lease is lost; the reason is the OperationalError that {@link HeldLease.confirm} throws then. */
  readonly lost: AbortSignal;
  /** Throws an OperationalError `lease_lost` when the lease is lost, as far as this process knows. */
  check(): void;
  /**
   * To be awaited right before a write: afterwards the lease is known to be ours for its full time again. Throws
   * `lease_lost`, or the store's own error while it is not reachable.
   */
  confirm(): Promise<void>;
  /** Gives it back. Throws the store's error when it is not reachable: then the lease ends by itself. */
  release(): Promise<void>;
}

/**
 * Takes the lease and holds it. A lease of a process of this machine that is gone is taken over immediately; any other only when its
 * holder's last write must be over. Throws an OperationalError `lease_held`, which names the holder and the time, when another run has it;
 * `retryAfterMs` is when it comes free unless it is renewed.
 */
export async function holdLease(leases: Leases, options: HoldOptions = {}): Promise<HeldLease> {
  const { ttlMs = LEASE_MS, graceMs = DEFAULT_WRITE_TIMEOUT_MS, clock = monotonicClock } = options;
  // The end is counted from before the question, so that it is never later than what the store has.
  const asked = clock.now();
  const holder = { id: randomUUID(), ...identifyProcess() };
  const attempt = await acquire(leases, { holder, ttlMs, graceMs });
  const { record } = attempt;
  if (!attempt.acquired) {
    const { freeInMs, isAhead } = attempt;
    const { waitForAhead, ...once } = options;
    if (!isAhead || waitForAhead === undefined) throw leaseHeld(record, freeInMs);
    await waitForAhead(freeInMs);
    return holdLease(leases, once);
  }
  const given = clock.now();
  let state: LeaseState = { kind: "held", until: asked + ttlMs };
  /** Aborted where it is not held any more. */
  const [lost, stop] = [new AbortController(), new AbortController()];
  const move = (event: LeaseEvent) => {
    state = moveLease(state, event);
    if (state.kind === "lost") lost.abort(state.error);
    if (state.kind !== "held") stop.abort();
  };
  const expire = () => {
    if (state.kind === "held" && clock.now() >= state.until) {
      move({ kind: "lost", why: "it could not be renewed in time" });
    }
  };
  const check = () => {
    expire();
    if (state.kind !== "held") throw state.kind === "lost" ? state.error : leaseLost("it was released");
  };
  const confirm = async () => {
    check();
    const until = clock.now() + ttlMs;
    const isOurs = await leases.renew(record.id, ttlMs, graceMs).catch((error: unknown) => {
      // It does not become ours again: the next holder is of the newer release.
      if (isTooNew(error)) move({ kind: "lost", why: "the store was upgraded by a newer release" });
      throw error;
    });
    move(isOurs ? { kind: "renewed", until } : { kind: "lost", why: "another run has taken it over" });
    check();
  };
  const ending = async () => {
    while (state.kind === "held") {
      await clock.sleep(state.until - clock.now(), stop.signal);
      expire();
    }
  };
  void ending();
  void keepRenewing(confirm, ttlMs, clock, stop.signal);
  return {
    record,
    now: () => Date.parse(record.acquired_at) + Math.floor(clock.now() - given),
    lost: lost.signal,
    check,
    confirm,
    release: async () => {
      move({ kind: "released" });
      await leases.release(record.id);
    },
  };
}

async function acquire(leases: Leases, request: Omit<LeaseRequest, "insteadOf">): Promise<LeaseAttempt> {
  for (let insteadOf: string | null = null; ; ) {
    const attempt = await leases.acquire({ ...request, insteadOf });
    const { record } = attempt;
    if (attempt.acquired || !isProcessGone(record)) return attempt;
    // Its connections were closed when it ended, so that nothing more of it leaves this machine. What it had sent by then may still
    // arrive: the journal has it, and the next holder of the lease waits for it before any other write.
    insteadOf = record.id;
  }
}

/** While the store fails, the lease is renewed more often: other writers load it too, and its end is watched. */
async function keepRenewing(
  confirm: () => Promise<void>,
  ttlMs: number,
  clock: MonotonicClock,
  stop: AbortSignal,
): Promise<void> {
  let pause = ttlMs / 3;
  for (;;) {
    await clock.sleep(pause, stop);
    if (stop.aborted) return;
    pause = await confirm().then(
      () => ttlMs / 3,
      (error: unknown) => {
        if (!(error instanceof OperationalError)) throw error;
        return ttlMs / 12;
      },
    );
  }
}

function isTooNew(error: unknown): boolean {
  return error instanceof OperationalError && error.code === STORE_TOO_NEW;
}

function leaseHeld({ host, pid, acquired_at, free_at }: LeaseRecord, retryAfterMs: number): OperationalError {
  return new OperationalError(
    "lease_held",
    `Another run is writing to this control plane: process ${pid} on ${host}, since ${acquired_at}. Nothing was changed. Run again when it has ended. If it was killed, the lease expires at ${free_at}.`,
    { next: "wait", retryAfterMs },
  );
}
