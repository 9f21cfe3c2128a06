import { systemClock } from "../apply/clock.ts";
import { explainUnderWay, findUnderWay } from "../apply/find-under-way.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Sealing } from "../model/secrets/sealing.ts";
import { type HeldLease, holdLease } from "../store/leases/hold-lease.ts";
import type { Store } from "../store/open-store.ts";
import type { Memory } from "./open-memory.ts";
import type { Target } from "./target.ts";

/** What a run has while it is the target's only writer. */
export interface Hold {
  readonly lease: HeldLease;
  readonly store: Store;
  /** Aborted when the caller interrupts it, and when the lease is lost: nothing new is to be started. */
  readonly signal: AbortSignal;
}

/** How {@link holdTarget} is interrupted, and where it says what it waits for. */
export interface HoldTargetOptions {
  readonly callTimeoutMs?: number | undefined;
  readonly interrupted: AbortSignal;
  readonly say: (line: string) => void;
}

/** A timer may end so much before the time by the store's clock, in milliseconds. */
const EARLY_MS = 50;

/**
 * Runs `use` while this process is the target's only writer, and gives the lease back in any case. `callTimeoutMs` is how long one of its
 * calls may take; undefined: the default. Throws an OperationalError `lease_held` when another one is the writer.
 */
export async function holdTarget<T>(
  memory: Pick<Memory, "openForWriting">,
  { callTimeoutMs, interrupted, say }: HoldTargetOptions,
  use: (hold: Hold) => Promise<T>,
): Promise<T> {
  const store = await memory.openForWriting();
  const waitForAhead = (milliseconds: number) => {
    say(
      `The lease was acquired by a clock that ran ahead: waiting ${Math.ceil(milliseconds / 1000)} s to see whether its holder is alive.`,
    );
    return systemClock.sleep(milliseconds + EARLY_MS, interrupted);
  };
  const lease = await holdLease(store.leases, { graceMs: callTimeoutMs, waitForAhead });
  lease.lost.addEventListener("abort", () => say(lease.lost.reason.message));
  try {
    return await use({ lease, store, signal: AbortSignal.any([interrupted, lease.lost]) });
  } finally {
    await giveBack(lease, say);
  }
}

/** A store that can't be reached changes no result: the lease expires by itself. */
async function giveBack(lease: HeldLease, say: HoldTargetOptions["say"]): Promise<void> {
  try {
    await lease.release();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    say(`Note: the lease could not be released and expires at ${lease.record.free_at} or soon after: ${error.message}`);
  }
}

/** What the manifests call sensitive is so in every later plan on this store. */
export async function rememberSensitive(
  { own }: Pick<Sealing, "own">,
  memory: Pick<Memory, "ownership" | "openForWriting">,
): Promise<void> {
  if (memory.ownership === "store") await (await memory.openForWriting()).rememberSensitive(own);
}

/** How often what may be on its way is looked for, in milliseconds. */
const LOOK_MS = 1_000;

/** Waits until nothing is on its way any more that earlier runs have sent; whether there was anything. Throws what it waits for when it is interrupted. */
export async function sitOut(
  { store, signal }: Hold,
  { reader }: Pick<Target, "reader">,
  say: (line: string) => void,
): Promise<boolean> {
  for (let hasWaited = false; ; hasWaited = true) {
    const late = explainUnderWay(await findUnderWay(store, { reader }));
    if (late === null) return hasWaited;
    if (signal.aborted) throw late;
    if (!hasWaited) say(`${late.message} Waiting.`);
    // Read again first: a write that has arrived since needs no wait.
    await systemClock.sleep(Math.min(late.retryAfterMs ?? 0, LOOK_MS), signal);
  }
}
