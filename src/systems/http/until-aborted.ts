import { OperationalError } from "../../model/errors/operational-error.ts";

/** The error of what was ended early by a signal: nothing was wrong with it. */
export function endedEarly(): OperationalError {
  const message =
    "It was interrupted: the daemon is stopping or reloading its configuration. It is retried afterwards.";
  return new OperationalError("ended_early", message, { next: "retry" });
}

/** A signal that is aborted with another one, or after so long; what it ends by time throws `reading_too_long`. */
export function limitTime(signal: AbortSignal, longestMs: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
}

/** Why what listened to the signal was ended. */
function reasonOf({ reason }: AbortSignal): OperationalError {
  if (!(reason instanceof DOMException) || reason.name !== "TimeoutError") return endedEarly();
  const message =
    "Reading the live state took too long and was stopped. Check that the servers answer and that their lists end.";
  return new OperationalError("reading_too_long", message, { next: "retry", cause: reason });
}

/**
 * Gives what a promise gives. Throws `ended_early` (or `reading_too_long`, by {@link limitTime}) as soon as the signal is aborted: the
 * result of what continues then is ignored.
 */
export async function untilAborted<T>(begin: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return begin();
  if (signal.aborted) throw reasonOf(signal);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(reasonOf(signal));
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([begin(), aborted]);
  } catch (error) {
    throw signal.aborted ? reasonOf(signal) : error;
  } finally {
    signal.removeEventListener("abort", end);
  }
}
