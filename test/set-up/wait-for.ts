import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "./patience.ts";

/** Waits until something is so, which is looked at every 50 ms, or as rarely as it costs something; a failure says what `describe` gives. */
export async function waitFor(
  is: () => boolean | Promise<boolean>,
  describe: () => string,
  everyMs = 50,
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`Waited for too long. ${describe()}`);
    await delay(everyMs);
  }
}
