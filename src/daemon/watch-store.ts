import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import { OperationalError, STORE_CODES, STORE_TOO_NEW } from "../model/errors/operational-error.ts";
import { cutForeign } from "../model/secrets/cut-foreign.ts";
import type { PassTrouble, StoreTrouble, Trouble } from "../plan/policy/show-trouble.ts";
import type { MonotonicClock } from "../store/leases/monotonic-clock.ts";
import { redactKnownSecrets } from "../systems/http/known-secrets.ts";
import type { Log } from "./logging/log.ts";

/** How often a write is proven, in milliseconds. */
const PROOF_MS = 10_000;
/** How long a proof is valid, in milliseconds: probes are open to everyone, and each proof is a write. */
const FRESH_MS = 1_000;
/**
 * How long a proof may take until the store counts as silent, in seconds: who asks whether we are ready gives up soon. Each second is waited for
 * by itself, so that after a stall of this process an answer that has arrived is taken before the store is called silent.
 */
const SILENT_SECONDS = 3;
/** How long a read may take until a proof is asked for, in milliseconds: what is slow is no outage. */
const SLOW_MS = 1_000;

/** What the store's health is judged with. */
export interface WatchTools {
  readonly records: Pick<DaemonRecords, "proveWrite">;
  /** As `Jobs.prove`. */
  readonly proveJobs: () => Promise<void>;
  /** Where the store is, for messages. */
  readonly place: string;
  readonly log: Pick<Log, "info" | "error">;
  readonly clock: MonotonicClock;
  /** The time in milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** Called when the store begins to have trouble and when that is over, also for one target or its passes. */
  readonly onChange: (reason: Trouble["reason"]) => void;
  /** Called once, when a newer release has upgraded the store: nothing of this process may be written any more. */
  readonly onUpgraded: (error: OperationalError) => void;
}

/** Whether the store can be written, as far as this process knows. */
export interface StoreWatch {
  /** What keeps the store from being written; null: nothing. With a target: also why the last pass over it is not on record. */
  trouble(target?: string): Trouble | null;
  /**
   * Proves a write, or shares a proof that is younger than a second. Where that is not answered within three seconds, the store has trouble until
   * it is. Throws nothing that an OperationalError explains.
   */
  prove(): Promise<StoreTrouble | null>;
  /** Gives what a read gives. Throws an OperationalError `store_failed` within about four seconds where the store answers nothing at all. */
  read<Result>(ask: () => Promise<Result>): Promise<Result>;
  /** Does what changes the store, where it has just answered. Throws an OperationalError `store_failed`, and asks for nothing, where it does not. */
  change<Result>(ask: () => Promise<Result>): Promise<Result>;
  /** Notes that the store could not even be read: that is so until a write is proven. */
  noteUnread(error: OperationalError): StoreTrouble;
  /**
   * Notes that a pass over a target is on record (null), or which error kept it from being so and the last pass that is. An error of the
   * store asks for a proof; a pass that another replica has outdated is no failure.
   */
  notePass(target: string, error: unknown, recorded?: string | null): void;
  /** Proves a write now and every ten seconds, until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** Watches a store that nothing is known of yet: it counts as fit until a proof or a pass fails. */
export function watchStore(tools: WatchTools): StoreWatch {
  const { records, proveJobs, place, log, clock, now = Date.now, onChange, onUpgraded } = tools;
  let whole: StoreTrouble | null = null;
  const ofTargets = new Map<string, Trouble>();
  let proving: Promise<void> | null = null;
  /** The proof that was waited for in vain, as long as it is not answered. */
  let silent: Promise<void> | null = null;
  let isUpgraded = false;
  let provenAt = Number.NEGATIVE_INFINITY;
  const sinceOf = (before: Trouble | undefined | null, reason: Trouble["reason"]) =>
    before?.reason === reason ? before.since : new Date(now()).toISOString();
  const begin = (before: Trouble | undefined | null, { message }: Error): StoreTrouble => {
    const reason = "StoreUnavailable";
    return { reason, since: sinceOf(before, reason), message };
  };
  const fail = (before: Trouble | undefined, error: unknown, recorded: string | null): PassTrouble => {
    const reason = "PassFailed";
    return { reason, since: sinceOf(before, reason), message: describeFailure(error), recorded };
  };
  const settle = (error: OperationalError | null): StoreTrouble | null => {
    const before = whole;
    whole = error === null ? null : begin(before, error);
    if (error?.code === STORE_TOO_NEW && !isUpgraded) {
      isUpgraded = true;
      log.error({ err: error }, "The store was upgraded by a newer release: this daemon stops working. Upgrade it.");
      onUpgraded(error);
    }
    if ((before === null) === (whole === null)) return whole;
    if (error !== null && !isUpgraded)
      log.error({ err: error }, "The store is not writable: nothing is recorded or applied until it is.");
    else if (error === null) log.info({ since: before?.since }, "The store is writable again.");
    onChange("StoreUnavailable");
    return whole;
  };
  const attempt = async () => {
    try {
      // In this order: where a newer release has upgraded the store, jobs are stopped, and that is not why.
      await records.proveWrite();
      await proveJobs();
      settle(null);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      settle(error);
    } finally {
      provenAt = clock.now();
      proving = null;
    }
  };
  const isSilent = () => proving !== null && proving === silent;
  const prove = async () => {
    if (proving === null && clock.now() - provenAt >= FRESH_MS) proving = attempt();
    const asked = proving;
    if (asked === null || isSilent()) return whole;
    const answered = await endsWithin(asked, SILENT_SECONDS, clock);
    if (answered || proving !== asked) return whole;
    silent = asked;
    return settle(saysNothing(place));
  };
  /** Where nothing waits for the answer: what no OperationalError explains would end the process, and the next proof may succeed. */
  const proveAnyway = () =>
    prove().catch((err: unknown) => log.error({ err }, "Proving that the store can be written failed unexpectedly."));
  const requireAnswer = () => {
    if (isSilent()) throw saysNothing(place);
  };
  const watchRead = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(SLOW_MS, signal);
      if (signal.aborted) return;
      await prove();
      requireAnswer();
    }
  };
  return {
    trouble: (target) => whole ?? (target === undefined ? null : (ofTargets.get(target) ?? null)),
    prove,
    read: async (ask) => {
      const ended = new AbortController();
      const asked = ask().finally(() => ended.abort());
      // The first to end is the answer, unless the store is silent first.
      await Promise.race([asked, watchRead(ended.signal)]);
      return asked;
    },
    change: async (ask) => {
      await prove();
      requireAnswer();
      return ask();
    },
    noteUnread: (error) => settle(error) ?? begin(null, error),
    notePass: (target, error, recorded = null) => {
      const before = ofTargets.get(target);
      if (error === null && before !== undefined) {
        ofTargets.delete(target);
        onChange(before.reason);
      }
      if (error === null || (error instanceof OperationalError && error.code === "pass_outdated")) return;
      const isStore = isStoreError(error);
      const trouble = isStore ? begin(before, error) : fail(before, error, recorded);
      ofTargets.set(target, trouble);
      if (before?.reason !== trouble.reason || before.message !== trouble.message) onChange(trouble.reason);
      if (!isStore) return;
      provenAt = Number.NEGATIVE_INFINITY;
      void proveAnyway();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await proveAnyway();
        await clock.sleep(PROOF_MS, signal);
      }
    },
  };
}

/** Whether an error says that the store can't be used. */
export function isStoreError(error: unknown): error is OperationalError {
  return error instanceof OperationalError && STORE_CODES.has(error.code);
}

/** Whether work ends within so many seconds; one that fails throws what it failed with. */
async function endsWithin(work: Promise<void>, seconds: number, clock: MonotonicClock): Promise<boolean> {
  const ended = new AbortController();
  const late = async () => {
    for (let second = 0; second < seconds; second += 1) await clock.sleep(1_000, ended.signal);
    return false;
  };
  try {
    return await Promise.race([work.then(() => true), late()]);
  } finally {
    ended.abort();
  }
}

function saysNothing(place: string): OperationalError {
  const message = `The store at ${place} can't be used: it did not answer within ${SILENT_SECONDS} seconds. Try again.`;
  return new OperationalError("store_failed", message, { next: "retry" });
}

/** Of an error that no pass has as its outcome: its words may be those of a library, which quotes what it was given. */
function describeFailure(error: unknown): string {
  if (error instanceof OperationalError) return `${redactKnownSecrets(error.message)} (${error.code})`;
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `The last pass ended with an unexpected error (${cutForeign(words, redactKnownSecrets)}). The daemon's log has its details: please report them.`;
}
