import type { DaemonConfig, TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { runInTurn } from "../reconcile/source/run-in-turn.ts";
import { createRunner, type Runner, type RunnerTools } from "./create-runner.ts";
import type { Work } from "./create-work.ts";
import { draftAudit } from "./draft-audit.ts";
import { createHandover, type Handover } from "./hand-over.ts";
import type { Log } from "./logging/log.ts";
import { claimMirrors, removeFormer } from "./remove-former.ts";
import { watchTarget } from "./watch-target.ts";

/** What is configured now; another one after a reload. */
export interface Current {
  config: DaemonConfig;
  /** Why the file that was read last was not taken up, for people; null: it was. */
  refused: string | null;
}

/** What targets are kept with. */
export interface KeepTools {
  readonly current: Current;
  readonly tools: RunnerTools;
  readonly records: DaemonRecords;
  readonly log: Log;
  readonly wake: Work["wake"];
  /** A target is not configured any more, and its work has ended. */
  readonly onGone: (target: string) => Promise<void>;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal;
}

/** The targets of a daemon: opened, watched, and replaced when the configuration is read again. */
export interface KeptTargets extends Pick<Handover<Runner>, "all" | "use" | "isReplaced"> {
  /** Opens those of the configuration. Throws an OperationalError where one can't be opened. */
  open(): Promise<void>;
  /** Asks for a pass over each of them, now and whenever it is time; also of those that a reload brings. */
  watch(): Promise<void>;
  /** Asks for a pass over each of them now, once what kept passes from being recorded is over. */
  retry(): Promise<void>;
  /**
   * Replaces the configuration target by target: fetches and reads under the former one end immediately, and a target with a write in
   * progress gets the new one when that has ended ({@link Handover}). Resolves once the newest configuration is in effect everywhere. Throws
   * an OperationalError, and changes nothing, where a target can't be opened or where a restart is needed (`restart_needed`).
   */
  reload(next: DaemonConfig): Promise<void>;
  close(): Promise<void>;
}

/** Keeps the targets of `current`. */
export function keepTargets(kept: KeepTools): KeptTargets {
  const { current, tools, records, log, wake, stopping } = kept;
  let isWatching = false;
  let cleaning: Promise<void> | undefined;
  let isCacheOurs: boolean | undefined;
  const handover = createHandover<Runner>({
    onTakenUp: (_name, runner) => {
      if (isWatching) void watchTarget(runner, { wake, reason: "reload" });
    },
    onGone: kept.onGone,
    onError: (err, target) => log.error({ err, target }, "Closing the previous configuration of a target failed."),
  });
  const takeUp = async (next: DaemonConfig) => {
    refuseRestart(current.config, next);
    const opened = await openRunners(next.targets, tools);
    if (stopping.aborted) {
      await closeRunners(opened);
      throw stopped();
    }
    const isSame = JSON.stringify(current.config) === JSON.stringify(next);
    current.config = next;
    current.refused = null;
    const finishing = handover.replace(opened);
    // Where a change was expected, the file that was read is another one than the file that was changed.
    if (isSame)
      log.warn(
        { targets: next.targets.length },
        "The configuration was reloaded and says what it said before: only secrets and certificates were read again. If it was changed, a container has the former file: start it again.",
      );
    else
      log.info(
        { targets: next.targets.length, finishing },
        `The configuration was reloaded and is in effect${finishing.length === 0 ? "." : `; ${finishing.join(", ")} first ${finishing.length === 1 ? "finishes" : "finish"} the work in progress.`}`,
      );
    await recordReload(records, next).catch((err: unknown) => {
      if (!(err instanceof OperationalError)) throw err;
      log.error({ err }, "The new configuration is in effect, but it could not be written to the audit.");
    });
  };
  const removeUnused = async () => {
    // Beside a directory, the cache is that of its store.
    isCacheOurs ??=
      current.config.store.kind === "directory" || (await claimMirrors(tools.folder, tools.database.place));
    // Work under an earlier configuration still reads: the reload that replaced it cleans up.
    if (isCacheOurs && handover.isSettled()) await removeFormer(tools.folder, current.config);
  };
  /** Not while a configuration is taken up, which may bring an address back. */
  const clean = () =>
    runInTurn(`configuration of ${tools.folder}`, removeUnused).catch((err: unknown) =>
      log.error({ err }, "Mirrors of former repositories could not be removed."),
    );
  return {
    ...handover,
    open: async () => {
      handover.replace(await openRunners(current.config.targets, tools));
      // Nothing waits for it: what is removed has no target.
      cleaning = clean();
    },
    watch: async () => {
      isWatching = true;
      for (const runner of handover.all().values()) await watchTarget(runner, { wake, reason: "start" });
    },
    reload: async (next) => {
      // The one that was asked for last is to be taken up last.
      await runInTurn(`configuration of ${tools.folder}`, () => takeUp(next));
      await handover.settled();
      await clean();
    },
    retry: async () => {
      for (const name of handover.all().keys()) await wake(name, "retry");
    },
    close: async () => {
      handover.replace(new Map());
      await handover.settled();
      // The folder may be another daemon's next.
      await cleaning;
    },
  };
}

function stopped(): OperationalError {
  return new OperationalError("stopping", "The daemon is stopping and no longer reloads its configuration.", {
    next: "stop",
  });
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
  const message = `The configuration changes ${parts.join(" and ")}, which takes effect only after a restart. None of it was applied.`;
  throw new OperationalError("restart_needed", message, { next: "stop" });
}

/** The runners of all targets, by name. */
type Runners = ReadonlyMap<string, Runner>;

/** Opens all targets or none. Throws what {@link createRunner} throws. */
async function openRunners(targets: readonly TargetConfig[], tools: RunnerTools): Promise<Runners> {
  const runners = new Map<string, Runner>();
  try {
    for (const target of targets) runners.set(target.name, await createRunner(target, tools, targets));
    return runners;
  } catch (error) {
    await closeRunners(runners);
    throw error;
  }
}

/** Closes them all. */
async function closeRunners(runners: Runners): Promise<void> {
  await Promise.all([...runners.values()].map((runner) => runner.close()));
}
