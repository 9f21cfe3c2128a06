/** A signal that asks a command to end: from a terminal, from a service manager, and where its terminal was closed. */
export type Ending = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Ctrl-C reaches npm and its command, and npm passes it on to the command once more, in milliseconds. */
const SAME_MS = 1_000;

/**
 * Calls `react` with the first of `signals` that arrives. Others within a second are copies of it, and have no effect; a later one ends the
 * process, as if nothing listened. Returns what ends the listening where none has arrived: else it lasts until the process ends, as a copy may come when all is
 * done.
 */
export function onEnding(signals: readonly Ending[], react: (signal: Ending) => void): () => void {
  let since: number | undefined;
  const listen = (signal: Ending) => {
    const now = performance.now();
    if (since === undefined) {
      since = now;
      react(signal);
    } else if (now - since > SAME_MS) {
      stop();
      process.kill(process.pid, signal);
    }
  };
  const stop = () => {
    for (const signal of signals) process.off(signal, listen);
  };
  for (const signal of signals) process.on(signal, listen);
  return () => {
    if (since === undefined) stop();
  };
}

/** Waits for the first of `signals`, and gives it. What {@link onEnding} promises of those that follow holds until the process ends. */
export function untilEnding(signals: readonly Ending[]): Promise<Ending> {
  return new Promise((resolve) => void onEnding(signals, resolve));
}
