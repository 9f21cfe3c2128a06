import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ReferenceSources } from "../manifests/folder/read-referenced.ts";
import { resolveReferences } from "../manifests/resolve-references.ts";
import { type Address, formatAddress } from "../model/address.ts";
import type { TargetConfig } from "../model/daemon/daemon-config.ts";
import type { Notifications, TargetState } from "../model/daemon/daemon-records.ts";
import type { RunningPass } from "../model/daemon/daemon-service.ts";
import type { Blame, Look } from "../model/ledger/blame.ts";
import type { ChangeEntry, ChangeQuery, RunWrites } from "../model/ledger/change-log.ts";
import type { Trigger } from "../model/passes/pass.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { Situation } from "../plan/policy/decide-what-runs.ts";
import type { Applying } from "../plan/policy/show-applying.ts";
import { listKnownAddresses } from "../reconcile/list-known-addresses.ts";
import { nameTargetPlace, readLedgerOf } from "../reconcile/name-target-place.ts";
import { findHere } from "../reconcile/pass/find-here.ts";
import type { PassProgress, PassTools } from "../reconcile/pass/pass-tools.ts";
import { readSituation, recallApart } from "../reconcile/pass/plan-revision.ts";
import type { PassTraces } from "../reconcile/pass/record-pass.ts";
import { type PassResult, runPass } from "../reconcile/pass/run-pass.ts";
import { sealKept } from "../reconcile/pass/seal-kept.ts";
import { createRevisionCache } from "../reconcile/source/load-revision.ts";
import { openFolder } from "../reconcile/source/open-folder.ts";
import { openRepository } from "../reconcile/source/open-repository.ts";
import type { Source } from "../reconcile/source/source.ts";
import type { OpenTarget } from "../reconcile/target.ts";
import type { RunTask } from "../reconcile/workers/create-run-task.ts";
import type { TaskOwner } from "../reconcile/workers/share-slots.ts";
import type { Database, Store } from "../store/open-store.ts";
import { readBlame } from "../store/read-blame.ts";
import { listWrittenPlaces } from "./config/list-written-places.ts";
import { connectTarget } from "./connect-target.ts";
import { describeProgress, listWaits } from "./describe-progress.ts";
import { isLookDue } from "./due-look.ts";
import { type FollowedWrites, followWrites } from "./follow-writes.ts";
import type { Replaceable } from "./hand-over.ts";
import type { KnownTargets } from "./known-targets.ts";
import type { Log } from "./logging/log.ts";
import { traceSpan } from "./logging/trace-span.ts";
import { openReviewer, type Reviewer, type ReviewerTools } from "./open-reviewer.ts";
import { readApplying } from "./read-applying.ts";
import { takeOverHolds } from "./take-over-holds.ts";

/** What runners of all targets share. */
export interface RunnerTools extends ReviewerTools {
  readonly database: Database;
  /** Variables that references of manifests may name, where the configuration allows it. */
  readonly env: ReferenceSources["env"];
  /** Below it, mirrors and clones are kept; what is in it can be made again. */
  readonly folder: string;
  readonly log: Log;
  /** Does the tasks of a target; all share the processes. */
  readonly runTaskOf: (owner: TaskOwner) => RunTask;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal;
  /** As `PassTools.draftMessages`. */
  readonly draftMessages: (config: TargetConfig, traces: PassTraces) => Promise<Notifications>;
  /** What its passes write is noted there while they run. */
  readonly known: Pick<KnownTargets, "begin" | "end">;
  /** Called whenever the progress of a pass changes. */
  readonly onRunning: (target: string, running: RunningPass | null) => void;
}

/** Makes the passes of one target, one at a time. */
export interface Runner extends Replaceable {
  readonly config: TargetConfig;
  readonly source: Source;
  /** Where the control plane is, without secrets. */
  readonly place: { readonly endpoint: string; readonly org: string };
  /** The pass that runs now; null: none does. */
  running(): RunningPass | null;
  /** The last pass that planned and may still be shown; null: none did, or another configuration may call other values sensitive. */
  lastPlanned(): PassResult | null;
  /** The addresses of all that the last pass of this process that planned knew of; null: none did, so that nothing is known. */
  listKnown(): Promise<ReadonlySet<string> | null>;
  /** The address of an owned object by the name under which it is registered; null: there is no such object. */
  findRegistered(address: Address): Promise<Address | null>;
  /** Entries of the change log of its control plane, as far as they show nothing that is sensitive for the target. */
  readChanges(query: Omit<ChangeQuery, "patterns">): Promise<readonly ChangeEntry[]>;
  /** The runs that wrote to its control plane, of this target and of commands, those that wrote last first. */
  readRuns(limit: number): Promise<readonly RunWrites[]>;
  /** Where each field of an object comes from; null: nothing is known of it. */
  readBlame(address: Address, look: Look | null): Promise<Blame | null>;
  /** A pass that applies now, on any replica, by what the store shows beside the state on record; null: none does. */
  readApplying(state: TargetState): Promise<Applying | null>;
  /** As `PassTools.readExcess`. */
  readExcess(): readonly string[] | null;
  /** Why changes of its folder are found by polls alone, as a sentence; null: it is watched, or a repository. */
  readUnwatched(): string | null;
  run(trigger: Trigger, signal: AbortSignal): Promise<PassResult>;
  /** Everything that decides what of a plan may run now, but for its approvals, which are those that are kept. */
  situate(plan: Plan): Promise<Situation>;
  /** One round over its pull requests; null: they are not looked at. */
  readonly review: Reviewer["review"] | null;
  /**
   * Aborted once it is closed, permanently: fetches and reads end immediately, writes in progress are finished. The running pass throws
   * `ended_early` or reports how far it came.
   */
  readonly ended: AbortSignal;
}

/**
 * Opens source and control plane of a target. Nothing is fetched or called. Throws an OperationalError where that can't be. `targets`: all of the
 * configuration. Default: it is the only one.
 */
export async function createRunner(
  config: TargetConfig,
  tools: RunnerTools,
  targets: readonly TargetConfig[] = [config],
): Promise<Runner> {
  const { database, readSecret, folder } = tools;
  const ending = new AbortController();
  const ended = AbortSignal.any([ending.signal, tools.stopping]);
  let unwatched: string | null = null;
  const source = await openSource(config, tools, ended, (watched, message) => {
    unwatched = watched ? null : message;
  });
  const connect = (): Connected => {
    const secrets = readSecrets(config, readSecret);
    const target = connectTarget(config.control_plane, { readSecret, cacheFolder: folder });
    return { secrets, target, store: database.storeOf(target.ledger) };
  };
  let connected = connect();
  const { endpoint, org } = connected.target;
  const runTask = tools.runTaskOf({ target: config.name, repository: nameOrigin(config.source) });
  const cache = createRevisionCache((input, signal) => runTask("load", input, signal), config.name);
  let running: RunningPass | null = null;
  let last: PassResult | null = null;
  let hasHolds = false;
  /** Of the running pass, or the last one. */
  let writes: FollowedWrites = followWrites();
  const configured = targets.map(({ name }) => name);
  const show = (pass: RunningPass | null) => {
    running = pass;
    tools.onRunning(config.name, pass);
  };
  /** A secret that was replaced counts from the next pass on. */
  const renew = async () => {
    const secrets = readSecrets(config, readSecret);
    if (secrets === connected.secrets) return;
    const former = connected.target;
    connected = connect();
    await former.close();
  };
  let reviewer: Reviewer | null = null;
  const passTools: PassTools = {
    configured: targets.flatMap((target) => readLedgerOf(nameTargetPlace(target)) ?? []),
    ...{ config, source, records: database.records, cache, runTask, renew },
    get target() {
      return connected.target;
    },
    get store(): Store {
      const { store } = connected;
      return { ...store, under: (lease) => writes.follow(store.under(lease)) };
    },
    draftMessages: (traces) => tools.draftMessages(config, traces),
    resolve: (loaded) => resolveReferences(loaded, { allowed: config.references, env: tools.env }),
    readExcess: () => (reviewer === null ? [] : reviewer.readExcess()),
    findUnreviewed: async (...asked) => (await reviewer?.findUnreviewed(...asked)) ?? [],
  };
  reviewer = await openReviewer(passTools, tools, ended);
  return {
    config,
    source,
    place: { endpoint, org },
    places: listWrittenPlaces(config.control_plane).map(({ key }) => key),
    ended,
    review:
      reviewer === null
        ? null
        : async (signal, confirm) => {
            const ending = AbortSignal.any([signal, ended]);
            // What is kept goes into comments: by another configuration, or release, it may show what is sensitive now.
            await sealKept(passTools, [], ending);
            return reviewer.review(ending, confirm);
          },
    running: () => running,
    lastPlanned: () => (ended.aborted ? null : last),
    listKnown: async () => {
      const planned = last?.findings.planned ?? null;
      if (planned === null) return null;
      const { whole, world } = planned;
      const owned = [...(await connected.store.readOwned()), ...whole.changes];
      return listKnownAddresses({ desired: world.desired, live: world.live, owned, unfinished: [] });
    },
    findRegistered: async (address) => {
      const found = (await connected.store.readOwned()).find((object) => object.address === address);
      return found === undefined ? null : formatAddress(found.kind, found.physical_name);
    },
    readChanges: (query) => connected.store.readChanges({ ...query, patterns: config.sensitive }),
    readRuns: (limit) => connected.store.readRuns({ target: config.name, limit }),
    readBlame: (address, look) =>
      readBlame(connected.store, { address, look: async () => look, patterns: config.sensitive }),
    readApplying: (state) => readApplying(connected.store, state, config.sensitive),
    readExcess: passTools.readExcess,
    readUnwatched: () => unwatched,
    situate: async (plan) => {
      const state = findHere(await database.records.readState(config.name), config);
      const owned = await connected.store.readOwned();
      const pinned = state?.pinned_revision ?? null;
      const planned = last?.findings.planned ?? null;
      const lean = planned?.whole.digest === plan.digest ? planned.lean : null;
      const subject = { state, revision: plan.revision ?? "", pinned };
      const situation = await readSituation(passTools, subject, { plan, lean, owned });
      return { ...situation, ...recallApart(plan, state) };
    },
    run: async (trigger, signal) => {
      const id = randomUUID();
      const { records } = database;
      if (!hasHolds) await takeOverHolds({ records, log: tools.log, config, configured });
      hasHolds = true;
      const started_at = await records.now();
      const lookedAt = findHere(await records.readState(config.name), config)?.looked_at ?? null;
      show({ id, started_at, step: "fetch", progress: [] });
      const begun = performance.now();
      const waitsOf = listWaits(config, { ...connected.target, source: source.place });
      const onProgress = (progress: PassProgress) => {
        const now = new Date(Date.parse(started_at) + performance.now() - begun).toISOString();
        if (running !== null) show(describeProgress(running, progress, { waitsOf, now }));
      };
      writes = followWrites();
      tools.known.begin(config.name, writes);
      try {
        // The configuration may differ from that of the last pass, by this or another process.
        const looksForDrift = last === null || isLookDue(config.drift, lookedAt, started_at);
        const call = { id, looksForDrift, signal: AbortSignal.any([signal, ended]), onProgress };
        const attributes = { run_id: id, target: config.name, trigger };
        const result = await traceSpan("pass", attributes, () => runPass(trigger, passTools, call));
        if (result.findings.planned !== null) last = result;
        return result;
      } finally {
        tools.known.end(config.name);
        show(null);
      }
    },
    end: () => ending.abort(),
    close: async () => {
      ending.abort();
      await reviewer?.close();
      await source.close();
      await connected.target.close();
    },
  };
}

/** The systems of a target, and what is kept of it at their places. */
interface Connected {
  readonly secrets: string;
  readonly target: OpenTarget;
  readonly store: Store;
}

function openSource(
  { source, name }: TargetConfig,
  { folder, readSecret, log }: RunnerTools,
  signal: AbortSignal,
  onWatch: (watched: boolean, message: string) => void,
): Promise<Source> {
  if (source.kind === "folder") {
    const report = (watched: boolean, message: string) => {
      log[watched ? "info" : "warn"]({ target: name }, message);
      onWatch(watched, message);
    };
    return openFolder(source, { signal, report });
  }
  const warn = (message: string) => log.warn({ target: name }, message);
  return openRepository(source, { folder: join(folder, "mirrors"), readSecret, allowed: [source.url], signal, warn });
}

function nameOrigin(source: TargetConfig["source"]): string {
  return source.kind === "folder" ? source.path : source.url;
}

/** Omits what is read again at each use elsewhere. */
function readSecrets({ control_plane }: TargetConfig, readSecret: RunnerTools["readSecret"]): string {
  const references = [control_plane.token, control_plane.api_key, control_plane.flyteadmin?.token ?? null];
  return JSON.stringify(references.map((reference) => (reference === null ? null : readSecret(reference))));
}
