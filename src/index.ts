/**
 * poolkeeper as a library: what `poolkeeper plan`, `apply` and `run` do, one function for each step, with the same promises.
 *
 *     readFolder -> resolveDesired -> openTarget -> readLive -> computePlan -> applyPlan
 *
 * A fault of the world (network, rights, a file that can't be read) is thrown as an {@link OperationalError}; what is wrong in manifests is a
 * list of {@link Diagnostic}s. Node 24 or newer.
 */
import { isWhole } from "./apply/apply-plan.ts";
import { rememberSensitive, sitOut } from "./cli/apply.ts";
import { describeCause } from "./cli/describe-cause.ts";
import { findReferences } from "./cli/find-references.ts";
import { type Memory, openMemory } from "./cli/open-memory.ts";
import { openSystems, readScopes, sealing } from "./cli/open-target.ts";
import { readPlanOptions } from "./cli/plan-options.ts";
import { StalePlanError } from "./cli/saved-plan/stale-plan-error.ts";
import { holdTarget } from "./cli/with-lease.ts";
import { buildLoaded, hasErrors } from "./manifests/load-desired.ts";
import { UNKNOWN_ORG } from "./manifests/name-object.ts";
import type { ReadFolder } from "./manifests/read-folder.ts";
import { resolveReferences } from "./manifests/resolve-references.ts";
import type { ApplyEvent, ApplyReport } from "./model/apply-report.ts";
import type { Declared } from "./model/desired.ts";
import type { Diagnostic } from "./model/diagnostic.ts";
import type { LiveState } from "./model/live.ts";
import { OperationalError } from "./model/operational-error.ts";
import { isEmptyPlan, type Plan } from "./model/plan.ts";
import type { Sealing } from "./model/sealing.ts";
import { applyNothing } from "./reconcile/apply-nothing.ts";
import { applyUnderLease } from "./reconcile/apply-under-lease.ts";
import { type PlanSources, planWorld, readEverywhere, readWorld } from "./reconcile/make-plan.ts";
import { sealTarget } from "./reconcile/seal-target.ts";
import type { OpenTarget, Target as SealedTarget } from "./reconcile/target.ts";
import { COLOURED, PLAIN } from "./report/paint.ts";
import { renderApplyText } from "./report/render-apply-text.ts";
import { renderDiagnostics } from "./report/render-diagnostics.ts";
import { renderPlanText } from "./report/render-plan-text.ts";
import { describeSealing } from "./sealing/describe-sealing.ts";
import { DEFAULT_WRITE_TIMEOUT_MS } from "./systems/http/transport-settings.ts";

export type { ReadFolder } from "./manifests/read-folder.ts";
export { readFolder } from "./manifests/read-folder.ts";
export type { ApplyEvent, ApplyReport, StepResult } from "./model/apply-report.ts";
export type { Declared } from "./model/desired.ts";
export type { Diagnostic } from "./model/diagnostic.ts";
export type { LiveState } from "./model/live.ts";
export { OperationalError } from "./model/operational-error.ts";
export type { Change, Plan } from "./model/plan.ts";
export { isEmptyPlan } from "./model/plan.ts";
export type { Step } from "./model/step.ts";

/** How {@link resolveDesired} reads manifests. */
export interface ResolveOptions {
  /** The organization, which settings are named by: that of the target. "" where it has none. */
  readonly org: string;
  /** What references of manifests may read: `env:NAME`, `file:PATH`, or `file:FOLDER/`. Default: `POOLKEEPER_REFERENCES`, else nothing. */
  readonly references?: readonly string[];
}

/** What manifests want. */
export interface ResolvedFolder {
  /** Null where a diagnostic is an error: half of a folder is never planned. */
  readonly desired: Declared | null;
  /** What is wrong, errors and warnings, by file and line. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses and checks the manifests of a folder, fills in defaults and resolves references. Needs no network. Bad manifests never throw. */
export function resolveDesired(folder: ReadFolder, options: ResolveOptions): ResolvedFolder {
  const { org, references } = options;
  const sources = findReferences({ reference: references }, process.env);
  const read = buildLoaded(folder, { org: org || UNKNOWN_ORG });
  const { desired, diagnostics } = hasErrors(read.diagnostics) ? read : resolveReferences(read, sources);
  return { desired: hasErrors(diagnostics) ? null : desired, diagnostics };
}

/**
 * Which systems a target has. What is left out is read from `POOLKEEPER_*`, `FLYTE_API_KEY` and the flyte config file, as the
 * command line does; at least `endpoint` or `flyteadminEndpoint` has to be found.
 */
export interface TargetOptions {
  /** URL of the Union control plane. */
  readonly endpoint?: string;
  /** Its organization. */
  readonly org?: string;
  /** Bearer token for the endpoint. */
  readonly token?: string;
  /** PEM file with further certificate authorities. */
  readonly caFile?: string;
  /** Plain HTTP is allowed to any host; to loopback it always is. Default false. */
  readonly insecure?: boolean;
  /** Certificates are not checked. Default false. */
  readonly insecureSkipVerify?: boolean;
  /** Longest wait for one answer, in milliseconds. Default 30,000 for reads and 10,000 for writes. */
  readonly timeoutMs?: number;
  /** URL of flyteadmin, for what it keeps: pool attributes, labels of execution clusters. */
  readonly flyteadminEndpoint?: string;
  readonly flyteadminToken?: string;
  /** Where the files of Flyte's clusters go: a folder, or a repository as `URL#BRANCH`. */
  readonly deliver?: string;
  /** Patterns over `ADDRESS.PATH` of values that are sensitive, beside those that are by their names. */
  readonly sensitive?: readonly string[];
  /** Folder or PostgreSQL URL of the store, which keeps what poolkeeper owns. Default: none, and then nothing is deleted (`prune: "none"`). */
  readonly store?: string;
}

/** The systems and the store of a target, open. */
export interface Target {
  /** "" where there is no Union control plane. */
  readonly org: string;
  readonly endpoint: string;
  /** Closes connections and store. To be called once, at the end; `await using` does. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  /** @internal */
  readonly opened: OpenedTarget;
}

interface OpenedTarget {
  readonly systems: OpenTarget;
  readonly memory: Memory;
  readonly options: TargetOptions;
}

/** Opens a target. Sends nothing. Throws an OperationalError where a connection, a file or the store can't be used. */
export async function openTarget(options: TargetOptions = {}): Promise<Target> {
  const systems = openSystems(options);
  try {
    const memory = await openMemory(options.store, systems.ledger, process.env);
    const close = async () => {
      await memory.close();
      await systems.close();
    };
    const { org, endpoint } = systems;
    return { org, endpoint, close, [Symbol.asyncDispose]: close, opened: { systems, memory, options } };
  } catch (error) {
    await systems.close();
    throw error;
  }
}

/** What is live, beside what is wanted, at one moment: what a plan is computed from. */
export interface Live {
  /** What was read, as plain data; sensitive values are sealed. */
  readonly state: LiveState;
  /** @internal */
  readonly look: Look;
}

interface Look {
  readonly target: OpenedTarget;
  readonly sealed: SealedTarget;
  readonly rules: Sealing;
  readonly sources: Omit<PlanSources, "options">;
}

/**
 * Reads what is live: pools, clusters, queues, and the settings, rows and files that the manifests or the store name. `scopes`: further
 * scopes of settings to read, each `DOMAIN` or `DOMAIN/PROJECT`. Writes nothing.
 */
export async function readLive(
  target: Target,
  desired: Declared,
  options: { readonly scopes?: readonly string[] } = {},
): Promise<Live> {
  const { opened } = target;
  const memory = await opened.memory.recall();
  const seal = sealing(desired, { ...memory, vaultKey: opened.memory.vaultKey }, opened.options);
  const { target: sealed, desired: wanted } = sealTarget(opened.systems, seal);
  const rules = describeSealing({ ...seal, desired: [desired] });
  const read = { desired: wanted, readers: sealed.readers, scopes: readScopes(options.scopes), memory, revision: null };
  return { state: await readWorld(read), look: { target: opened, sealed, rules, sources: read } };
}

/** What a plan may do: the options of `poolkeeper plan`. Addresses are `KIND.NAME`, such as `queue.batch`. */
export interface PlanRequest {
  /** What is deleted that no manifest names: nothing, what poolkeeper owns, or everything. Default `owned` with a store, else `none`. */
  readonly prune?: "none" | "owned" | "all";
  /** Only these addresses and their dependencies. */
  readonly target?: readonly string[];
  /** All but these addresses and their dependents. */
  readonly exclude?: readonly string[];
  /** Addresses to replace although they could be updated. */
  readonly replace?: readonly string[];
  /** How a cluster gets into another pool. Default `auto`: it is moved where the control plane can. */
  readonly onPoolChange?: "auto" | "move" | "replace";
  /** Names of checks whose failure is ignored for this plan. */
  readonly allow?: readonly string[];
}

/**
 * Computes the plan from what is live to what is wanted, in a safe order, with the verdict of each check (`plan.applyable`). The same input gives
 * the same bytes, whatever its order. Reads further where a check has to know: the work in flight of queues that change, and the settings that name a queue that goes.
 * Throws an OperationalError `usage` where an option names what is not there.
 */
export async function computePlan(live: Live, request: PlanRequest = {}): Promise<Plan> {
  const { state, look } = live;
  return planLook(state, look, readPlanOptions({ ...request, store: look.target.options.store }));
}

async function planLook(state: LiveState, { sources }: Look, options: Plan["options"]): Promise<Plan> {
  const world = { live: state, readEverywhere: () => readEverywhere(state, sources.readers) };
  return (await planWorld(world, { ...sources, options })).plan;
}

/** How a plan is applied. */
export interface ApplyOptions {
  /** Longest wait for a queue to drain, in milliseconds; 0 looks once. Never interrupts work. Default 0. */
  readonly waitMs?: number;
  /** Most writes at once. Default 8. */
  readonly parallelism?: number;
  /** Aborted: calls under way are finished, and nothing new is started. */
  readonly signal?: AbortSignal;
  /** Called as each step starts, waits and ends. */
  readonly onEvent?: (event: ApplyEvent) => void;
  /** Called with each line about what the run waits for before it starts. */
  readonly onNote?: (line: string) => void;
}

/**
 * Applies exactly the plan that was computed from `live`, as the target's only writer: a lease keeps others out. Under the lease everything is
 * read and planned again, and only the same plan is applied; each write is journaled before it is sent, so that a later run continues from
 * wherever this one ends. Never throws for a fault of the control plane during the steps: the report says it (`report.status`).
 * Throws an OperationalError `plan_blocked` where a check fails, `stale_plan` where the target has changed since, `lease_held` where another run writes.
 */
export async function applyPlan(plan: Plan, live: Live, options: ApplyOptions = {}): Promise<ApplyReport> {
  const { target, sealed, rules, sources } = live.look;
  const { memory } = target;
  const { waitMs = 0, parallelism = 8, signal = new AbortController().signal } = options;
  const { onEvent = () => {}, onNote = () => {} } = options;
  refuseBlocked(plan);
  const remembered = { ...memory, ...(await memory.recall()) };
  const nothing = isEmptyPlan(plan) ? await applyNothing(plan, sealed, remembered) : null;
  if (nothing !== null) return nothing;
  const writeMs = target.options.timeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS;
  return holdTarget(memory, { callTimeoutMs: writeMs, interrupted: signal, say: onNote }, async (hold) => {
    await sitOut(hold, sealed, onNote);
    const again = { ...sources, memory: await memory.recall() };
    const current = await planLook(await readWorld(again), { ...live.look, sources: again }, plan.options);
    if (current.digest !== plan.digest || !current.applyable)
      throw new StalePlanError("The target has changed since the plan was computed. Read what is live and plan again.");
    await rememberSensitive({ sealing: rules }, memory);
    const report = await applyUnderLease(current, sealed, {
      lease: hold.lease,
      ledger: hold.store.under(hold.lease.record),
      signal: hold.signal,
      runId: crypto.randomUUID(),
      cause: await describeCause(current, memory, hold.store, rules),
      beforeNamesEnd: memory.keepPauses,
      ...{ waitMs, parallelism, writeMs, onEvent },
    });
    if (report.status === "applied" && isWhole(current)) {
      await hold.lease.confirm();
      await memory.finish(current, hold.lease.record);
    }
    return report;
  });
}

function refuseBlocked({ applyable, checks }: Plan): void {
  if (applyable) return;
  const failed = checks.filter(({ status }) => status === "fail").map(({ name, message }) => `${name}: ${message}`);
  throw new OperationalError("plan_blocked", `The plan can't be applied: ${failed.join("; ")}`, { next: "stop" });
}

/** What `poolkeeper plan` prints. `colour`: with the colours of a terminal. Default: without. */
export function formatPlan(plan: Plan, options: { readonly colour?: boolean } = {}): string {
  return String(renderPlanText(plan, options.colour === true ? COLOURED : PLAIN));
}

/** What `poolkeeper apply` prints at its end. */
export function formatReport(report: ApplyReport, plan: Plan): string {
  return String(renderApplyText(report, plan, PLAIN));
}

/** What is wrong with manifests, as `poolkeeper validate` prints it. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return String(renderDiagnostics(diagnostics));
}

/** How a daemon is started. */
export interface DaemonOptions {
  /** The file with the daemon's configuration, as `poolkeeper run --config` takes it. */
  readonly config: string;
  /** What is less than this is not logged. Default `info`. */
  readonly logLevel?: "debug" | "info" | "warn" | "error";
  /** Takes each line of the log: a line of JSON. Default: stderr. */
  readonly log?: { write(line: string): void };
}

/** A daemon that runs. */
export interface Daemon {
  /** Where its pages and its API are. */
  readonly url: string;
  /** Reads the configuration again. One that has errors is refused as a whole: the daemon continues with what it has, and says so. */
  reload(): Promise<void>;
  /** Starts nothing more, lets writes under way end, and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon, which keeps all targets of its configuration as their manifests want them. Resolves once it serves. Handles no signals: call
 * `stop`. Throws an OperationalError `config_invalid` with what is wrong in the configuration, and that of a store, secret or port that can't be used.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, logLevel = "info", log } = options;
  const { openDaemon } = await import("./cli/run.ts");
  return openDaemon(config, { logLevel, log });
}

/** How the embedded control plane is started. */
export interface ControlPlaneOptions {
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
  /** Default `demo`. */
  readonly org?: string;
  /** The rules that it follows: `2026-07` or `2026-11`, which can delete and move. Default `2026-11`. */
  readonly generation?: LiveState["capabilities"]["generation"];
  /** Folder that keeps its state. Default: none, and it is lost at the end. */
  readonly data?: string;
}

/** The embedded control plane, serving. */
export interface ControlPlane {
  readonly url: string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a control plane in this process, to try and to test with: no clusters run behind it, and its rules are the real ones. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { serveControlPlane } = await import("./embedded/serve-control-plane.ts");
  const { url, close } = await serveControlPlane({ generation: "2026-11", org: "demo", ...options });
  return { url, close, [Symbol.asyncDispose]: close };
}
