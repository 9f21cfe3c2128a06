import type { Log } from "../log/log.ts";
import { OperationalError } from "../model/operational-error.ts";
import { describeExcess } from "../report/describe-excess.ts";
import type { Metrics } from "../web/metrics.ts";
import type { Reviewer } from "./open-reviewer.ts";

/** How soon requests are looked at again where something could not be told, in milliseconds. */
const AGAIN_MS = 10_000;
/** The same where the forge, the repository or the store is not to be had, or somebody has to act first. */
const AFTER_FAULT_MS = 60_000;

/** One look at a target's requests. Gives when to look again, in milliseconds; null: with the next pass or webhook. Faults of the world are told to the log. */
export async function reviewWith(
  look: Reviewer["review"],
  given: { readonly target: string; readonly log: Log; readonly metrics: Metrics; readonly signal: AbortSignal },
): Promise<number | null> {
  const { target, log, metrics, signal } = given;
  try {
    const { open, unfinished, excess = [] } = await look(signal);
    if (excess.length > 0) log.warn({ target, excess }, describeExcess(excess));
    log.debug({ target, open, unfinished }, "The pull requests were looked at.");
    return unfinished ? AGAIN_MS : null;
  } catch (err) {
    if (signal.aborted) return null;
    if (!(err instanceof OperationalError)) throw err;
    // A reload ends it: what comes after begins anew.
    if (err.code === "ended_early") return null;
    metrics.forgeFailed(target, err.code);
    log.warn({ err, target }, "The pull requests could not be looked at.");
    return err.retryAfterMs ?? AFTER_FAULT_MS;
  }
}
