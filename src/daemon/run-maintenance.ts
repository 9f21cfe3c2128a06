import type { DaemonConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import { showState } from "../reconcile/pass/find-here.ts";
import type { MonotonicClock } from "../store/leases/monotonic-clock.ts";
import { announceState } from "./announce-pass.ts";
import type { Runner } from "./create-runner.ts";
import type { KnownTargets } from "./known-targets.ts";
import type { Log } from "./logging/log.ts";

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
const MINUTES_BETWEEN_REMOVALS = 60;

/**
 * Until the signal: notes what is known of targets and reports stalled ones every minute, and removes every hour the records past their retention. After a store failure the
 * next minute retries.
 */
export async function runMaintenance(tools: MaintenanceTools, signal: AbortSignal): Promise<void> {
  for (let minute = 0; !signal.aborted; minute += 1) {
    try {
      if (minute % MINUTES_BETWEEN_REMOVALS === 0) await removeOld(tools);
      await reportStalls(tools);
    } catch (err) {
      tools.log.warn({ err }, "Removing old records or reporting stalled targets failed; retrying in a minute.");
    }
    await tools.clock.sleep(MINUTE_MS, signal);
  }
}

/** A target that left the configuration is shown nowhere, and kept as long as all else in case it comes back. */
async function removeOld({ records, config, log }: MaintenanceTools): Promise<void> {
  const { retention, targets } = config();
  const now = Date.parse(await records.now());
  const before = new Date(now - retention.keep_ms).toISOString();
  const changesBefore = new Date(now - retention.changes_ms).toISOString();
  await records.prune(before, retention.passes, changesBefore);
  const configured = targets.map(({ name }) => name);
  for (const target of await records.forgetTargets(configured, before)) {
    log.info({ target }, "The target is no longer configured: its records are removed.");
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
