import { OperationalError } from "../model/operational-error.ts";

/** The error of what was ended early by a signal: nothing was wrong with it. */
export function endedEarly(): OperationalError {
  const message =
    "It was ended early: the daemon ends, or its configuration was read again. It is done anew afterwards.";
  return new OperationalError("ended_early", message, { next: "retry" });
}

/** Gives what a promise gives. Throws `ended_early` as soon as the signal is aborted: what goes on then is heard by nobody. */
export async function untilAborted<T>(begin: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return begin();
  if (signal.aborted) throw endedEarly();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(endedEarly());
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([begin(), aborted]);
  } catch (error) {
    throw signal.aborted ? endedEarly() : error;
  } finally {
    signal.removeEventListener("abort", end);
  }
}
