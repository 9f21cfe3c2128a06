import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "./patience.ts";

/**
 * Waits until something is so, which is looked at every 50 ms, or as rarely as it costs something, and as soon as `hearNews` resolves: its signal
 * says that no one waits for it any more. A failure says what `describe` gives.
 */
export async function waitFor(
  is: () => boolean | Promise<boolean>,
  describe: () => string,
  everyMs = 50,
  hearNews?: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`Waited for too long. ${describe()}`);
    if (hearNews === undefined) await delay(everyMs);
    else await pause(everyMs, hearNews);
  }
}

async function pause(ms: number, hearNews: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([delay(ms, undefined, { signal }), hearNews(signal)]);
  } finally {
    over.abort();
  }
}
