import { randomUUID } from "node:crypto";
import { Agent } from "undici";
import type { DaemonConfig, SecretReference } from "../config/daemon-config.ts";
import { createLocalJobs } from "../jobs/create-local-jobs.ts";
import { createPgBossJobs, type PgBossOptions } from "../jobs/create-pg-boss-jobs.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Log } from "../log/log.ts";
import type { DaemonRecords } from "../model/daemon-records.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Trigger } from "../model/pass.ts";
import { createSender } from "../notify/create-sender.ts";
import { runInTurn } from "../source/run-in-turn.ts";
import { monotonicClock } from "../store/monotonic-clock.ts";
import { openDatabase } from "../store/open-store.ts";
import { createMetrics } from "../web/metrics.ts";
import { type Serving, serveWeb } from "../web/serve-web.ts";
import type { WebOptions } from "../web/web-options.ts";
import { announcePass } from "./announce-pass.ts";
import { createBroadcast } from "./create-broadcast.ts";
import type { Runner, RunnerTools } from "./create-runner.ts";
import { createService } from "./create-service.ts";
import { createWork } from "./create-work.ts";
import { keepHouse } from "./keep-house.ts";
import { measureStates } from "./measure-pass.ts";
import { openRunners, type Runners } from "./open-runners.ts";
import { watchTargets } from "./watch-targets.ts";

/** What a daemon is started with. */
export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly version: string;
  readonly log: Log & WebOptions["log"];
  readonly readSecret: (reference: SecretReference) => string;
  /** Where mirrors and clones are kept: they can be made again. */
  readonly folder: string;
  /** How soon a target whose work has to drain is looked at again, in milliseconds; for tests. */
  readonly waitingMs?: number;
}

/** A daemon that runs. */
export interface Daemon {
  /** Where its pages and its API are. */
  readonly url: string;
  /**
   * Goes on with another configuration once the passes that run have ended. Where it listens and where its store is can't change:
   * that throws an OperationalError `restart_needed`, and everything stays as it was.
   */
  reload(config: DaemonConfig): Promise<void>;
  /** Starts nothing more, lets calls under way end, and gives everything back. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon: store, jobs, targets, pages. Every target is looked at at once. Throws an OperationalError where the store
 * can't be opened, a secret is missing, or the port is taken; nothing is left open then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log, readSecret, version } = options;
  // Where it listens does not change while it runs.
  const { http } = options.config;
  let config = options.config;
  const stopping = new AbortController();
  const location = config.store.kind === "directory" ? config.store.path : readSecret(config.store.url);
  const database = await openDatabase(location, { exclusive: true });
  const { records } = database;
  let runners: Runners = new Map();
  const metrics = measureStates(createMetrics({ version }), records, (target) => runners.has(target));
  const broadcast = createBroadcast();
  const jobs = createJobs(config, location, {
    passLeases: database.passLeases,
    leaseMs: Math.max(...config.targets.map(({ lease }) => lease.ttl_ms)),
    onError: (err, target) => log.error({ err, target }, "A pass could not be carried out."),
  });
  const tools: RunnerTools = {
    ...{ database, readSecret, log },
    folder: options.folder,
    announce: (target, traces) =>
      announcePass(
        { records, notifications: config.notifications, public_url: http.public_url ?? serving?.url ?? null },
        target,
        traces,
      ),
    onRunning: (target, running) => broadcast.tell({ type: "pass", target, running }),
  };
  let serving: Serving | null = null;
  const work = createWork({
    ...{ jobs, log, metrics, records, tell: broadcast.tell },
    runners: () => runners,
    ...(options.waitingMs === undefined ? {} : { waitingMs: options.waitingMs }),
  });
  let watching = new AbortController();
  /** A store that can't be reached is asked again with the next poll. */
  const wake = async (target: string, trigger: Trigger) => {
    await work.wake(target, trigger).catch((err: unknown) => {
      if (!(err instanceof OperationalError)) throw err;
      log.error({ err, target }, "A pass could not be asked for.");
    });
  };
  const takeUp = async (next: DaemonConfig) => {
    if (stopping.signal.aborted) throw stopped();
    refuseRestart(config, next);
    const opened = await openRunners(next.targets, tools);
    watching.abort();
    await work.pause(async () => {
      await closeAll(runners);
      for (const name of runners.keys()) if (!opened.has(name)) metrics.forget(name);
      runners = opened;
      config = next;
    });
    await recordReload(records, next);
    await watch("reload");
  };
  const watch = async (reason: Trigger) => {
    watching = new AbortController();
    await watchTargets(runners, { wake, reason, signal: AbortSignal.any([watching.signal, stopping.signal]) });
  };
  const close = async () => {
    stopping.abort();
    watching.abort();
    await serving?.close();
    await jobs.stop();
    await closeAll(runners);
    await database.close();
  };
  try {
    runners = await openRunners(config.targets, tools);
    const service = createService({
      ...{ version, records, readSecret, wake: work.wake, subscribe: broadcast.subscribe },
      runners: () => runners,
    });
    serving = await serveWeb(service, { http, readSecret, log, metrics });
    await jobs.start(work.run);
    await watch("start");
  } catch (error) {
    await close();
    throw error;
  }
  const sender = createSender({
    ...{ records, readSecret, log, clock: monotonicClock, http: new Agent() },
    notifications: () => config.notifications,
    onResult: metrics.notificationTried,
  });
  const sending = sender.run(stopping.signal);
  const keeping = keepHouse(
    { records, log, config: () => config, public_url: http.public_url ?? serving.url },
    stopping.signal,
  );
  return {
    url: serving.url,
    // Two at once would close what the other one has just opened.
    reload: (next) => runInTurn(`configuration of ${options.folder}`, () => takeUp(next)),
    stop: async () => {
      await close();
      await Promise.all([sending, keeping]);
    },
  };
}

function stopped(): OperationalError {
  return new OperationalError("stopping", "The daemon ends: its configuration is not read any more.", { next: "stop" });
}

function createJobs(config: DaemonConfig, location: string, options: PgBossOptions): Jobs {
  return config.store.kind === "directory" ? createLocalJobs(options) : createPgBossJobs(location, options);
}

async function recordReload(records: DaemonRecords, { targets }: DaemonConfig): Promise<void> {
  const details = { targets: targets.map(({ name }) => name) };
  const at = await records.now();
  await records.addAudit({
    id: randomUUID(),
    at,
    target: null,
    who: "poolkeeper",
    via: "signal",
    action: "reload",
    details,
  });
}

async function closeAll(runners: ReadonlyMap<string, Runner>): Promise<void> {
  await Promise.all([...runners.values()].map((runner) => runner.close()));
}

function refuseRestart(before: DaemonConfig, after: DaemonConfig): void {
  const parts = (["store", "http"] as const).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
  );
  if (parts.length === 0) return;
  const message = `The configuration changes ${parts.join(" and ")}, which counts only after a restart. Nothing of it was taken up.`;
  throw new OperationalError("restart_needed", message, { next: "stop" });
}
