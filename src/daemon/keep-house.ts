import { systemClock } from "../apply/clock.ts";
import type { RetentionConfig } from "../config/daemon-config.ts";
import type { Log } from "../log/log.ts";
import type { DaemonRecords } from "../model/daemon-records.ts";

/** What old records are removed with. */
export interface HouseTools {
  readonly records: DaemonRecords;
  readonly log: Log;
  readonly retention: () => RetentionConfig;
}

const HOUR_MS = 3_600_000;

/** Removes what is older than it is to be kept, every hour until the signal. Where the store fails, the next hour will do. */
export async function keepHouse({ records, log, retention }: HouseTools, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { keep_ms, passes } = retention();
    try {
      await records.prune(new Date(Date.parse(await records.now()) - keep_ms).toISOString(), passes);
    } catch (err) {
      log.warn({ err }, "Old records could not be removed; trying again in an hour.");
    }
    await systemClock.sleep(HOUR_MS, signal);
  }
}
