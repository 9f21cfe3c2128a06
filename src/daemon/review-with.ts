import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { DaemonEvent } from "../model/daemon/daemon-service.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { describeExcess } from "./describe-excess.ts";
import type { ConfirmJob } from "./jobs/jobs.ts";
import type { Log } from "./logging/log.ts";
import type { Reviewer } from "./open-reviewer.ts";
import { isStoreError } from "./watch-store.ts";
import type { Metrics } from "./web/metrics/metrics.ts";

/** How soon requests are reviewed again where something was unknown, in milliseconds. */
const AGAIN_MS = 10_000;
/** The same where something waits for calls of the forge, in milliseconds: each round may take some. */
const WAITING_MS = 60_000;
/** The same where the forge, the repository or the store is unavailable, or a user has to act first. */
const AFTER_FAULT_MS = 60_000;

const FEW_LEFT =
  "Less than a fifth of the token's calls are left on the forge: pushes to requests and comments that decide nothing wait until it counts from zero again.";

/** What a look is made with. */
interface LookTools {
  readonly target: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly records: Pick<DaemonRecords, "noteRequestsTrouble">;
  readonly publish: (event: DaemonEvent) => void;
  readonly signal: AbortSignal;
  readonly confirm: ConfirmJob;
}

/**
 * One look at a target's requests. Gives when to look again, in milliseconds; null: with the next pass or webhook. Faults of the world are
 * logged, and on record for as long as they last.
 */
export async function reviewWith(look: Reviewer["review"], tools: LookTools): Promise<number | null> {
  const { target, log, metrics, signal, confirm } = tools;
  try {
    const { open, unfinished, waits, rested = false, low = false, excess = [] } = await look(signal, confirm);
    if (rested) {
      log.debug(
        { target },
        "Pull requests not reviewed yet: comments and changes by anyone have used up the calls for now.",
      );
      return AGAIN_MS;
    }
    if (excess.length > 0) log.warn({ target, excess }, describeExcess(excess));
    log.debug({ target, open, unfinished, waits }, "Pull requests reviewed.");
    if (low && waits) log.warn({ target }, FEW_LEFT);
    await noteTrouble(tools, null);
    if (unfinished && !low) return AGAIN_MS;
    return unfinished || waits ? WAITING_MS : null;
  } catch (err) {
    if (signal.aborted) {
      log.debug({ err, target }, "A review of the pull requests was interrupted.");
      return null;
    }
    if (!(err instanceof OperationalError)) throw err;
    // A reload ends it: the next review starts from scratch.
    if (err.code === "ended_early" || err.code === "configuration_replaced") return null;
    metrics.forgeFailed(target, err.code);
    log.warn({ err, target }, "The pull requests could not be reviewed.");
    const nextMs = err.retryAfterMs ?? AFTER_FAULT_MS;
    const found = { code: err.code, message: err.message, nextMs };
    // The store's own trouble is a status of each target.
    if (!isStoreError(err)) await noteTrouble(tools, found);
    return nextMs;
  }
}

/** What can't be noted is noted by the next look. */
async function noteTrouble(
  { target, log, records, publish }: LookTools,
  found: Parameters<DaemonRecords["noteRequestsTrouble"]>[1],
): Promise<void> {
  try {
    if (await records.noteRequestsTrouble(target, found))
      publish({ type: "requests", target, trouble: found !== null });
  } catch (err) {
    if (!isStoreError(err)) throw err;
    log.warn({ err, target }, "The result of a review of the pull requests could not be recorded.");
  }
}
