import type { DaemonConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import { showState } from "../reconcile/pass/find-here.ts";
import type { MonotonicClock } from "../store/leases/monotonic-clock.ts";
import { announceState } from "./announce-pass.ts";
import type { Runner } from "./create-runner.ts";
import type { KnownTargets } from "./known-targets.ts";
import type { Log } from "./logging/log.ts";
import { type RemovalMemory, removeOld } from "./remove-old.ts";

/** What is kept in order. */
export interface MaintenanceTools {
  readonly records: DaemonRecords;
  /** As of `ServiceTools`: what other replicas record is noted there. */
  readonly known: Pick<KnownTargets, "note">;
  /** As `Runner.readApplying`, of the runner of the target. */
  readonly readApplying: Runner["readApplying"];
  readonly log: Pick<Log, "info" | "warn">;
  /** What the minutes are counted by. */
  readonly clock: MonotonicClock;
  /** Another one after a reload. */
  readonly config: () => DaemonConfig;
  /** Where the daemon's pages are. */
  readonly public_url: string | null;
  /** As `AnnounceTools.started_at`. */
  readonly started_at: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Until the signal: notes what is known of targets and reports stalled ones every minute, and removes every hour the records past their retention. After a store failure the
 * next minute retries.
 */
export async function runMaintenance(tools: MaintenanceTools, signal: AbortSignal): Promise<void> {
  let memory: RemovalMemory | null = null;
  while (!signal.aborted) {
    try {
      if (memory === null || tools.clock.now() - memory.ran >= HOUR_MS) memory = await removeOld(tools, memory);
      await reportStalls(tools);
    } catch (err) {
      tools.log.warn({ err }, "Removing old records or reporting stalled targets failed; retrying in a minute.");
    }
    await tools.clock.sleep(MINUTE_MS, signal);
  }
}

async function reportStalls(tools: MaintenanceTools): Promise<void> {
  const { records, known, readApplying, config, public_url, started_at } = tools;
  const { targets, notifications } = config();
  const states = new Map((await records.readStates()).map((state) => [state.target, state]));
  for (const target of targets) {
    const kept = states.get(target.name);
    if (kept === undefined) continue;
    const state = showState(kept, target);
    const applying = await readApplying(state);
    known.note(state, applying);
    if (notifications.length === 0) continue;
    await announceState({ records, notifications, public_url, started_at }, target, state, applying);
  }
}
