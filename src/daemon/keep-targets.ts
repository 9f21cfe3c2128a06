import type { DaemonConfig } from "../config/daemon-config.ts";
import type { Log } from "../log/log.ts";
import type { DaemonRecords } from "../model/daemon-records.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Trigger } from "../model/pass.ts";
import { runInTurn } from "../source/run-in-turn.ts";
import type { Metrics } from "../web/metrics.ts";
import type { Runner, RunnerTools } from "./create-runner.ts";
import type { Work } from "./create-work.ts";
import { draftAudit } from "./draft-audit.ts";
import { openRunners, type Runners } from "./open-runners.ts";
import { watchTargets } from "./watch-targets.ts";

/** What is configured and open now; another one after a reload. */
export interface Current {
  config: DaemonConfig;
  runners: Runners;
}

/** What targets are kept with. */
export interface KeepTools {
  readonly current: Current;
  readonly tools: RunnerTools;
  readonly work: Work;
  readonly records: DaemonRecords;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal;
}

/** The targets of a daemon: opened, watched, and replaced when the configuration is read again. */
export interface KeptTargets {
  /** Opens those of the configuration. Throws an OperationalError where one can't be opened. */
  open(): Promise<void>;
  /** Asks for a pass over each of them, now and whenever it is time. */
  watch(): Promise<void>;
  /**
   * Goes on with those of another configuration, once the passes that run have ended: they read no further, and finish the writes
   * that are under way. Throws an OperationalError, and everything
   * stays as it was, where one can't be opened or where a restart is needed (`restart_needed`).
   */
  reload(next: DaemonConfig): Promise<void>;
  close(): Promise<void>;
}

/** Keeps the targets of `current`. */
export function keepTargets({ current, tools, work, records, metrics, log, stopping }: KeepTools): KeptTargets {
  let watching = new AbortController();
  /** A store that can't be reached is asked again with the next poll. */
  const wake = async (target: string, trigger: Trigger) => {
    await work.wake(target, trigger).catch((err: unknown) => {
      if (!(err instanceof OperationalError)) throw err;
      log.error({ err, target }, "A pass could not be asked for.");
    });
  };
  const watch = async (reason: Trigger) => {
    watching = new AbortController();
    await watchTargets(current.runners, { wake, reason, signal: AbortSignal.any([watching.signal, stopping]) });
  };
  const takeUp = async (next: DaemonConfig) => {
    if (stopping.aborted) throw stopped();
    refuseRestart(current.config, next);
    const opened = await openRunners(next.targets, tools);
    watching.abort();
    for (const runner of current.runners.values()) runner.end();
    await work.pause(async () => {
      await closeAll(current.runners);
      for (const name of current.runners.keys()) if (!opened.has(name)) await metrics.forget(name);
      Object.assign(current, { runners: opened, config: next });
    });
    // First what keeps it going: the store may be away.
    await watch("reload");
    await recordReload(records, next).catch((err: unknown) => {
      if (!(err instanceof OperationalError)) throw err;
      log.error({ err }, "The configuration counts from now on, but the audit could not be told of it.");
    });
  };
  return {
    open: async () => {
      current.runners = await openRunners(current.config.targets, tools);
    },
    watch: () => watch("start"),
    // Two at once would close what the other one has just opened.
    reload: (next) => runInTurn(`configuration of ${tools.folder}`, () => takeUp(next)),
    close: async () => {
      await closeAll(current.runners);
    },
  };
}

async function closeAll(runners: ReadonlyMap<string, Runner>): Promise<void> {
  await Promise.all([...runners.values()].map((runner) => runner.close()));
}

function stopped(): OperationalError {
  return new OperationalError("stopping", "The daemon ends: its configuration is not read any more.", { next: "stop" });
}

async function recordReload(records: DaemonRecords, { targets }: DaemonConfig): Promise<void> {
  const details = { targets: targets.map(({ name }) => name) };
  const at = await records.now();
  const who = { name: "poolkeeper", via: "signal" } as const;
  await records.addAudit(draftAudit(who, { at, target: null, action: "reload", details }));
}

function refuseRestart(before: DaemonConfig, after: DaemonConfig): void {
  const parts = (["store", "http"] as const).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
  );
  if (parts.length === 0) return;
  const message = `The configuration changes ${parts.join(" and ")}, which counts only after a restart. Nothing of it was taken up.`;
  throw new OperationalError("restart_needed", message, { next: "stop" });
}
