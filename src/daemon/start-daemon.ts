import type { Dispatcher } from "undici";
import type { DaemonConfig, SecretReference } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { DaemonEvent, DaemonService } from "../model/daemon/daemon-service.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Sealing } from "../model/secrets/sealing.ts";
import type { Trouble } from "../plan/policy/show-trouble.ts";
import { createRunTask } from "../reconcile/workers/create-run-task.ts";
import { explainShortage, measureMemory } from "../reconcile/workers/divide-memory.ts";
import { describeSealing } from "../sealing/describe-sealing.ts";
import { explainOpenFolder } from "../store/database/keep-private.ts";
import { type MonotonicClock, monotonicClock } from "../store/leases/monotonic-clock.ts";
import { openDatabase } from "../store/open-store.ts";
import { createDispatcher } from "../systems/http/create-dispatcher.ts";
import { requireProxies } from "../systems/http/environment-proxies.ts";
import { explainOtherProxy, readHttpProxies } from "../systems/http/read-http-proxies.ts";
import { DEFAULT_TIMEOUT_MS } from "../systems/http/transport-settings.ts";
import { draftPass } from "./announce-pass.ts";
import { createStateAnnouncer } from "./announce-states.ts";
import type { Runner, RunnerTools } from "./create-runner.ts";
import { createService } from "./create-service.ts";
import { createWork } from "./create-work.ts";
import { trimReports } from "./find-deciders.ts";
import { createLocalJobs } from "./jobs/create-local-jobs.ts";
import { createPgBossJobs, type PgBossOptions } from "./jobs/create-pg-boss-jobs.ts";
import { readJob } from "./jobs/job.ts";
import type { Jobs } from "./jobs/jobs.ts";
import { type Current, keepTargets } from "./keep-targets.ts";
import { createKnownTargets, type KnownTargets } from "./known-targets.ts";
import type { Log } from "./logging/log.ts";
import { measureStates } from "./measure-pass.ts";
import { createSender } from "./notify/create-sender.ts";
import { reportAbandoned } from "./report-abandoned.ts";
import { runMaintenance } from "./run-maintenance.ts";
import { type StoreWatch, watchStore } from "./watch-store.ts";
import type { WebOptions } from "./web/access/web-options.ts";
import { createMetrics, type Metrics } from "./web/metrics/metrics.ts";
import { type Serving, serveWeb } from "./web/serve-web.ts";

/** Passes mostly wait for others to answer. Of slow ones, as many run beside these. */
const PASSES_AT_ONCE = 16;

/** What a daemon is started with. */
export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly version: string;
  readonly log: Log & WebOptions["log"];
  readonly readSecret: (reference: SecretReference) => string;
  /** Variables that references of manifests may name, where the configuration allows it. Default: those of this process. */
  readonly env?: RunnerTools["env"];
  /** Where mirrors and clones are kept: they can be made again. */
  readonly folder: string;
  /** How soon a target whose work has to drain is looked at again, in milliseconds; for tests. */
  readonly waitingMs?: number;
  /** What passes, the delays between them, the minutes of deliveries and the calls of forges are measured by; for tests. Default: the machine's. */
  readonly clock?: MonotonicClock;
}

/** A daemon that runs. */
export interface Daemon {
  /** Where its pages and its API are. */
  readonly url: string;
  /**
   * Replaces the configuration target by target: fetches and reads end immediately, and a target with a write in progress gets it when that
   * has ended. Resolves once the newest configuration is in effect everywhere. The listen address and the store's location can't change:
   * that throws an OperationalError `restart_needed`, and nothing changes.
   */
  reload(config: DaemonConfig): Promise<void>;
  /** From now on shows operators that the last configuration was rejected, and why, until one is accepted. */
  refuse(why: string): void;
  /** Starts nothing more, ends what is fetched or read, lets writes under way end, and gives everything back. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon: store, jobs, targets, pages. Every target is reconciled immediately. Throws an OperationalError where the store can't
 * be opened, a secret is missing, a proxy is no URL, or the port is taken; nothing is left open then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log, readSecret, version, env = process.env, clock = monotonicClock } = options;
  // Where it listens does not change while it runs.
  const { http } = options.config;
  const current: Current = { config: options.config, refused: null };
  const runners = () => targets.all();
  const stopping = new AbortController();
  requireProxies(process.env);
  const location = findStore(options);
  const receivers = createDispatcher({
    ...{ hostname: null, skipVerify: false, proxy: readHttpProxies(process.env), timeoutMs: DEFAULT_TIMEOUT_MS },
  });
  const database = await openDatabase(location, {
    exclusive: true,
    isDaemon: true,
    readUrl: () => findStore(options),
    warn: (warning) => log.warn(warning),
    sensitiveOf: (target) => {
      const configured = current.config.targets.find(({ name }) => name === target);
      return (configured ?? runners().get(target)?.config)?.sensitive ?? null;
    },
  });
  const exposed = explainOpenFolder(location);
  if (exposed !== null) log.warn({ store: database.place }, exposed);
  const otherProxy = explainOtherProxy(process.env);
  if (otherProxy !== null) log.warn(otherProxy);
  const shortage = explainShortage(measureMemory());
  if (shortage !== null) log.warn(shortage);
  const { records } = database;
  const started_at = await records.now();
  const broadcast = createBroadcast();
  const store = watchStore({
    ...{ records, proveJobs: () => jobs.prove(), place: database.place },
    log,
    clock: monotonicClock,
    onChange: (reason) => void announceTrouble(reason),
    onUpgraded: (error) => void standBack(error),
  });
  const known = createKnownTargets();
  const configOf = (target: string) => runners().get(target)?.config;
  const readApplying: Runner["readApplying"] = async (state) =>
    (await runners().get(state.target)?.readApplying(state)) ?? null;
  const metrics = measureStates(createMetrics({ version }), {
    ...{ records, known, readApplying, configOf, store, isRefused: () => current.refused !== null },
    receivers: () => current.config.notifications,
  });
  const jobs = createJobs(options.config, location, {
    jobLeases: database.jobLeases,
    readUrl: () => findStore(options),
    warn: (warning) => log.warn(warning),
    leaseMs: Math.max(...options.config.targets.map(({ lease }) => lease.ttl_ms)),
    concurrency: PASSES_AT_ONCE,
    clock,
    onError: (err, name) => {
      if (name === null) return log.error({ err }, "The queue of passes failed; it is tried again.");
      const { kind, target } = readJob(name);
      // Another replica has taken over, as when this process was suspended: its pass counts.
      if (err instanceof OperationalError && err.code === "pass_outdated")
        return log.warn({ target, code: err.code }, err.message);
      log.error({ err, target }, `A ${kind} failed unexpectedly.`);
    },
  });
  let serving: Serving | null = null;
  const findUrl = () => http.public_url ?? serving?.url ?? null;
  const tools: RunnerTools = {
    ...{ database, readSecret, env, log, stopping: stopping.signal, version, findUrl, known, clock },
    acts: () => ({ ...service, wake: work.wake }),
    targets: () => current.config.targets,
    runTaskOf: createRunTask(),
    onForgeCall: metrics.forgeCalled,
    folder: options.folder,
    draftMessages: (target, traces) => {
      const { notifications } = current.config;
      return draftPass({ records, notifications, public_url: findUrl(), started_at }, target, traces);
    },
    onRunning: (target, running) => broadcast.publish({ type: "pass", target, running }),
  };
  const { waitingMs } = options;
  const targets = keepTargets({
    ...{ current, tools, records, log, stopping: stopping.signal },
    wake: (target, trigger) => work.wake(target, trigger),
    onGone: metrics.forget,
  });
  const work = createWork({
    jobs,
    log,
    metrics,
    records,
    publish: broadcast.publish,
    targets,
    store,
    known,
    waitingMs,
  });
  const service = createService({
    ...{
      version,
      records,
      readSecret,
      runners,
      targets,
      store,
      known,
      wake: work.wake,
      subscribe: broadcast.subscribe,
    },
    refused: () => current.refused,
    deliveries: { per_minute: http.requests_per_minute, clock, stopping: stopping.signal, log },
  });
  const announceStates = createStateAnnouncer({ overview: () => service.overview(), publish: broadcast.publish, log });
  /** What could not be recorded is made again as soon as it can. */
  const announceTrouble = async (reason: Trouble["reason"]) => {
    await announceStates();
    if (reason === "StoreUnavailable" && store.trouble() === null && !stopping.signal.aborted) await targets.retry();
  };
  const reportAbandonedRollouts = () =>
    reportAbandoned({
      ...{ records, log, config: current.config, public_url: findUrl() },
      // What a rollout leaves half-way stands on the control plane itself.
      openLedger: (ledger) => database.storeOf({ ...ledger, flyteadmin: null, delivery: null }),
    }).catch((err: unknown) => {
      if (!(err instanceof OperationalError)) throw err;
      log.error({ err }, "Checking for rollouts that the configuration abandoned failed.");
    });
  let stopped: Promise<void> | null = null;
  const stopWork = (reason?: OperationalError) => {
    stopping.abort(reason);
    stopped ??= jobs.stop();
    return stopped;
  };
  /** What runs ends, and control planes and jobs are left to the newer release. The pages stay, and say why. */
  const standBack = (reason: OperationalError) =>
    stopWork(reason).catch((err: unknown) => log.error({ err }, "The daemon's jobs could not be stopped."));
  let chores: Promise<void> | null = null;
  const close = async () => {
    stopping.abort();
    await serving?.close();
    await stopWork();
    await targets.close();
    // What was sent is noted, and what was not is put back.
    await chores;
    await database.close();
  };
  try {
    await targets.open();
    await trimReports({ records, log }, options.config.targets);
    serving = await serveWeb(service, { http, readSecret, log, metrics });
    await jobs.start(work.run);
    await targets.watch();
    await reportAbandonedRollouts();
  } catch (error) {
    await close();
    throw error;
  }
  const { subscribe } = broadcast;
  const choreTools = {
    current,
    records,
    known,
    readApplying,
    readSecret,
    log,
    metrics,
    findUrl,
    started_at,
    store,
    subscribe,
    http: receivers,
  };
  chores = startChores(choreTools, stopping.signal);
  return {
    url: serving.url,
    reload: async (next) => {
      await targets.reload(next);
      await reportAbandonedRollouts();
    },
    refuse: (why) => {
      current.refused = `The configuration was reloaded at ${new Date().toISOString()} and rejected; the previous one stays in effect. ${why}`;
      void announceStates();
    },
    stop: close,
  };
}

function findStore({ config: { store }, readSecret }: DaemonOptions): string {
  return store.kind === "directory" ? store.path : readSecret(store.url);
}

interface ChoreTools {
  readonly current: Current;
  readonly records: DaemonRecords;
  readonly known: KnownTargets;
  readonly readApplying: Runner["readApplying"];
  readonly readSecret: DaemonOptions["readSecret"];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly findUrl: () => string | null;
  readonly started_at: string;
  readonly store: StoreWatch;
  readonly subscribe: DaemonService["subscribe"];
  readonly http: Dispatcher;
}

/** Background work beside passes until the signal: messages are sent, old records removed, writes to the store probed. */
async function startChores(
  { current, metrics, findUrl, store, subscribe, ...tools }: ChoreTools,
  signal: AbortSignal,
): Promise<void> {
  const sender = createSender({
    ...{ ...tools, clock: monotonicClock },
    notifications: () => current.config.notifications,
    listUnsealed: () => tools.records.listUnsealed(listRules(current.config)),
    // A pass is on record together with its messages.
    subscribe: (listen, until) =>
      subscribe(({ type }) => {
        if (type === "state" && current.config.notifications.length > 0) listen();
      }, until),
    onResult: metrics.notificationTried,
  });
  await Promise.all([
    sender.run(signal),
    store.run(signal),
    runMaintenance({ ...tools, clock: monotonicClock, config: () => current.config, public_url: findUrl() }, signal),
  ]);
}

/** What is sensitive in each target, independent of its manifests. */
function listRules({ targets }: DaemonConfig): ReadonlyMap<string, Sealing> {
  const describe = (patterns: readonly string[]) => describeSealing({ patterns, desired: [], remembered: {} });
  return new Map(targets.map(({ name, sensitive }) => [name, describe(sensitive)]));
}

function createJobs(config: DaemonConfig, location: string, options: PgBossOptions): Jobs {
  return config.store.kind === "directory" ? createLocalJobs(options) : createPgBossJobs(location, options);
}

/** Publishes events to all listeners. */
function createBroadcast(): {
  readonly subscribe: DaemonService["subscribe"];
  readonly publish: (event: DaemonEvent) => void;
} {
  const listeners = new Set<(event: DaemonEvent) => void>();
  return {
    subscribe: (listen, signal) => {
      if (signal.aborted) return;
      listeners.add(listen);
      signal.addEventListener("abort", () => listeners.delete(listen), { once: true });
    },
    publish: (event) => {
      for (const listen of listeners) listen(event);
    },
  };
}
