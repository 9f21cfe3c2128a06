/**
 * poolkeeper as a library: `poolkeeper plan`, `apply` and `run`, one function for each step, with the same guarantees.
 *
 *     readFolder -> resolveDesired -> openTarget -> readLive -> computePlan -> applyPlan
 *
 * Operational errors (network, permissions, an unreadable file) are thrown as an {@link OperationalError}; errors in manifests are returned as
 * a list of {@link Diagnostic}s. Node 24 or newer.
 */
import { isWhole } from "./apply/apply-plan.ts";
import { readPlanOptions } from "./cli/options/plan-options.ts";
import { findReferences } from "./cli/targets/find-references.ts";
import { openSystems, readScopes, sealing } from "./cli/targets/open-target.ts";
import type { ReadFolder } from "./manifests/folder/read-folder.ts";
import { buildLoaded, hasErrors } from "./manifests/load-desired.ts";
import { UNKNOWN_ORG } from "./manifests/name-object.ts";
import { resolveReferences } from "./manifests/resolve-references.ts";
import type { Diagnostic } from "./model/diagnostics/diagnostic.ts";
import { OperationalError } from "./model/errors/operational-error.ts";
import type { Declared } from "./model/objects/desired.ts";
import type { LiveState } from "./model/objects/live.ts";
import { type ApplyEvent, type ApplyReport, isComplete } from "./model/plan/apply-report.ts";
import { isEmptyPlan, type Plan } from "./model/plan/plan.ts";
import type { Sealing } from "./model/secrets/sealing.ts";
import { comparePlans } from "./plan/compare/compare-plans.ts";
import { canonicalJson } from "./plan/compare/digest-plan.ts";
import { applyNothing } from "./reconcile/apply-nothing.ts";
import { applyUnderLease } from "./reconcile/apply-under-lease.ts";
import { describeCaller } from "./reconcile/describe-caller.ts";
import { holdTarget, rememberSensitive, sitOut } from "./reconcile/hold-target.ts";
import { type PlanSources, planWorld, readEverywhere, readWorld } from "./reconcile/make-plan.ts";
import { type Memory, openMemory } from "./reconcile/open-memory.ts";
import { sealTarget } from "./reconcile/seal-target.ts";
import { StalePlanError } from "./reconcile/stale-plan-error.ts";
import type { OpenTarget, Target as SealedTarget } from "./reconcile/target.ts";
import { renderPlanText } from "./report/plan/render-plan-text.ts";
import { renderApplyText } from "./report/runs/render-apply-text.ts";
import { COLOURED, PLAIN } from "./report/text/paint.ts";
import { renderDiagnostics } from "./report/text/render-diagnostics.ts";
import { shown } from "./report/text/shown-text.ts";
import { describeSealing } from "./sealing/describe-sealing.ts";
import { DEFAULT_WRITE_TIMEOUT_MS } from "./systems/http/transport-settings.ts";

export type { ReadFolder } from "./manifests/folder/read-folder.ts";
export { readFolder } from "./manifests/folder/read-folder.ts";
export type { Diagnostic } from "./model/diagnostics/diagnostic.ts";
export { OperationalError } from "./model/errors/operational-error.ts";
export type { Declared } from "./model/objects/desired.ts";
export type { LiveState } from "./model/objects/live.ts";
export type { ApplyEvent, ApplyReport, StepResult } from "./model/plan/apply-report.ts";
export type { Change, Plan } from "./model/plan/plan.ts";
export { isEmptyPlan } from "./model/plan/plan.ts";
export type { Step } from "./model/plan/step.ts";

/** Options of {@link resolveDesired}. */
export interface ResolveOptions {
  /** The organization of the target, by which settings are named. "" where it has none. */
  readonly org: string;
  /** The sources that references may read: `env:NAME`, `file:PATH`, or `file:FOLDER/`. Default: `POOLKEEPER_REFERENCES`, else none. */
  readonly references?: readonly string[];
}

/** The desired state of the manifests. */
export interface ResolvedFolder {
  /** Null where a diagnostic is an error: a folder is planned as a whole or not at all. */
  readonly desired: Declared | null;
  /** Errors and warnings, by file and line. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses and validates the manifests of a folder, fills in defaults and resolves references. Needs no network. Invalid manifests never throw. */
export function resolveDesired(folder: ReadFolder, options: ResolveOptions): ResolvedFolder {
  const { org, references } = options;
  const sources = findReferences({ reference: references }, process.env);
  const read = buildLoaded(folder, { org: org || UNKNOWN_ORG });
  const { desired, diagnostics } = hasErrors(read.diagnostics) ? read : resolveReferences(read, sources);
  return { desired: hasErrors(diagnostics) ? null : desired, diagnostics };
}

/**
 * The systems of a target. Omitted options are read from `POOLKEEPER_*`, `FLYTE_API_KEY` and the flyte config file, as on the command
 * line; at least `endpoint` or `flyteadminEndpoint` is required.
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
  /** Allows plain HTTP to any host; to loopback it is always allowed. Default false. */
  readonly insecure?: boolean;
  /** Skips certificate verification. Default false. */
  readonly insecureSkipVerify?: boolean;
  /** Timeout of one call, in milliseconds. Default 30,000 for reads and 10,000 for writes. */
  readonly timeoutMs?: number;
  /** URL of flyteadmin, for pool attributes and execution cluster labels. */
  readonly flyteadminEndpoint?: string;
  readonly flyteadminToken?: string;
  /** Where the cluster files of Flyte are delivered: a folder, or a repository as `URL#BRANCH`. */
  readonly deliver?: string;
  /** Patterns over `ADDRESS.PATH` of sensitive values, besides those that are sensitive by name. */
  readonly sensitive?: readonly string[];
  /** Folder or PostgreSQL URL of the store, which records what poolkeeper owns. Default: none, and nothing is deleted (`prune: "none"`). */
  readonly store?: string;
}

/** An open target: its systems and its store. */
export interface Target {
  /** "" where there is no Union control plane. */
  readonly org: string;
  readonly endpoint: string;
  /** Closes the connections and the store. Call it once, at the end; `await using` does. */
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

/** Opens a target. Sends nothing. Throws an OperationalError where a connection, a file or the store is unusable. */
export async function openTarget(options: TargetOptions = {}): Promise<Target> {
  const systems = openSystems(options);
  try {
    const memory = await openMemory(options.store, systems.ledger, { env: process.env, say: warn });
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

/** On standard error, as the command line does. */
function warn(line: string): void {
  process.stderr.write(String(shown`${line}\n`));
}

/** The live and the desired state at one moment: the input of a plan. */
export interface Live {
  /** The live state, as plain data; sensitive values are sealed. */
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
 * Reads the live state: pools, clusters, queues, and the settings, rows and files that the manifests or the store name. `scopes`: further
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

/** The options of `poolkeeper plan`. Addresses are `KIND.NAME`, such as `queue.batch`. */
export interface PlanRequest {
  /** Which objects without a manifest are deleted: none, those that poolkeeper owns, or all. Default `owned` with a store, else `none`. */
  readonly prune?: "none" | "owned" | "all";
  /** Only these addresses and their dependencies. */
  readonly target?: readonly string[];
  /** All but these addresses and their dependents. */
  readonly exclude?: readonly string[];
  /** Addresses to replace although they could be updated. */
  readonly replace?: readonly string[];
  /** How a cluster changes its pool. Default `auto`: it is moved where the control plane supports that. */
  readonly onPoolChange?: "auto" | "move" | "replace";
  /** Names of checks whose failure is ignored for this plan. */
  readonly allow?: readonly string[];
}

/**
 * Computes the plan from the live to the desired state, in a safe order, with the verdict of each check (`plan.applyable`). The same input, in any
 * order, gives the same bytes. Reads more where a check needs it: the work in flight of queues that change, and the settings that name a deleted
 * queue. Throws an OperationalError `usage` where an option names an unknown object.
 */
export async function computePlan(live: Live, request: PlanRequest = {}): Promise<Plan> {
  const { state, look } = live;
  return planLook(state, look, readPlanOptions({ ...request, store: look.target.options.store }));
}

async function planLook(state: LiveState, { sources }: Look, options: Plan["options"]): Promise<Plan> {
  const world = { live: state, readEverywhere: () => readEverywhere(state, sources.readers) };
  return (await planWorld(world, { ...sources, options })).plan;
}

/** Options of {@link applyPlan}. */
export interface ApplyOptions {
  /** Longest wait for a queue to drain, in milliseconds; 0 checks once. Never interrupts work. Default 0. */
  readonly waitMs?: number;
  /** Most concurrent writes. Default 8. */
  readonly parallelism?: number;
  /** Once aborted, calls in flight are finished, and no further step starts. */
  readonly signal?: AbortSignal;
  /** Called as each step starts, waits and ends. */
  readonly onEvent?: (event: ApplyEvent) => void;
  /** Called with each message about a wait before the first step. */
  readonly onNote?: (line: string) => void;
}

/**
 * Applies exactly the plan that was computed from `live`, as the target's only writer, under a lease. Under the lease the target is read and
 * planned again, and it is applied only where the given plan shows the same; each write is journaled before it is sent, so that a later run continues wherever this one
 * ended. Errors of the control plane during the steps are in the report and never thrown (`report.status`).
 * Throws an OperationalError `plan_blocked` where a check fails, `stale_plan` where the target, or the plan, has changed since, `lease_held` where another run writes.
 */
export async function applyPlan(plan: Plan, live: Live, options: ApplyOptions = {}): Promise<ApplyReport> {
  const { target, sealed, rules, sources } = live.look;
  const { memory } = target;
  const { waitMs = 0, parallelism = 8, signal = new AbortController().signal } = options;
  const { onEvent = () => {}, onNote = () => {} } = options;
  refuseBlocked(plan);
  const remembered = { ...memory, ...(await memory.recall()) };
  const nothing = isEmptyPlan(plan)
    ? await applyNothing(refuseOther(plan, await planLook(live.state, live.look, plan.options)), sealed, remembered)
    : null;
  if (nothing !== null) {
    await rememberSensitive(rules, memory);
    return nothing;
  }
  const writeMs = target.options.timeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS;
  return holdTarget(memory, { callTimeoutMs: writeMs, interrupted: signal, say: onNote }, async (hold) => {
    await sitOut(hold, sealed, onNote);
    const again = { ...sources, memory: await memory.recall() };
    const look = { ...live.look, sources: again };
    const current = refuseOther(plan, await planLook(await readWorld(again), look, plan.options));
    await rememberSensitive(rules, memory);
    const report = await applyUnderLease(current, sealed, {
      lease: hold.lease,
      ledger: hold.store.under(hold.lease.record),
      signal: hold.signal,
      runId: crypto.randomUUID(),
      cause: await describeCaller(current, memory, hold.store, { via: "library", sealing: rules }),
      beforeNamesEnd: memory.keepPauses,
      ...{ waitMs, parallelism, writeMs, onEvent },
    });
    if (isComplete(report) && isWhole(current)) {
      await hold.lease.confirm();
      await memory.finish(current, hold.lease.record);
    }
    return report;
  });
}

function refuseBlocked({ applyable, checks }: Plan): void {
  if (applyable) return;
  const failed = checks.filter(({ status }) => status === "fail").map(({ name, message }) => `${name}: ${message}`);
  throw new OperationalError("plan_blocked", `The plan cannot be applied: ${failed.join("; ")}`, { next: "stop" });
}

/**
 * The plan that was computed again, where the given one, which may have come from anywhere, shows the same: its changes, its steps, its checks and
 * its options. Throws a StalePlanError otherwise, and where a check fails by now.
 */
function refuseOther(given: Plan, current: Plan): Plan {
  const isSame = comparePlans({ plan: given, read: {} }, { plan: current, read: {} }).length === 0;
  if (isSame && showsInterruptions(given, current) && current.applyable) return current;
  const why = "the target has changed since it was computed, or the plan itself was changed";
  throw new StalePlanError(`The plan is not what is planned now: ${why}. Read what is live and plan again.`);
}

/** Whether a plan shows which work is interrupted, where that is allowed: as long as work is waited for, its figures may differ. */
function showsInterruptions(given: Plan, current: Plan): boolean {
  const listed = ({ checks, options }: Plan) =>
    options.allow.some((allowance) => nameAllowed(allowance) === "in-flight")
      ? checks.filter(({ name }) => name === "in-flight")
      : [];
  const [shown, now] = [given, current].map((plan) => listed(plan).map(({ message: _figures, ...verdict }) => verdict));
  return canonicalJson(shown) === canonicalJson(now);
}

function nameAllowed(allowance: Plan["options"]["allow"][number]): string {
  return typeof allowance === "string" ? allowance : allowance.check;
}

/** The output of `poolkeeper plan`. `colour`: with terminal colours. Default: without. */
export function formatPlan(plan: Plan, options: { readonly colour?: boolean } = {}): string {
  return String(renderPlanText(plan, options.colour === true ? COLOURED : PLAIN));
}

/** The final output of `poolkeeper apply`. */
export function formatReport(report: ApplyReport, plan: Plan): string {
  return String(renderApplyText(report, plan, PLAIN));
}

/** The diagnostics of manifests, as `poolkeeper validate` prints them. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return String(renderDiagnostics(diagnostics));
}

/** Options of {@link startDaemon}. */
export interface DaemonOptions {
  /** The daemon's configuration file, as for `poolkeeper run --config`. */
  readonly config: string;
  /** The lowest level that is logged. Default `info`. */
  readonly logLevel?: "debug" | "info" | "warn" | "error";
  /** Called with each line of the log, a line of JSON. Default: stderr. */
  readonly log?: { write(line: string): void };
}

/** A running daemon. */
export interface Daemon {
  /** The URL of its pages and its API. */
  readonly url: string;
  /** Reloads the configuration. An invalid one is refused as a whole: the daemon keeps the former one and logs an error. */
  reload(): Promise<void>;
  /** Starts no further work, waits for the writes in flight, and closes all resources. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon, which reconciles all targets of its configuration with their manifests. Resolves once it serves. Handles no signals: call
 * `stop`. Throws an OperationalError: `config_invalid` with the errors of the configuration, or that of an unusable store, secret or port.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, logLevel = "info", log } = options;
  const { openDaemon } = await import("./cli/commands/run.ts");
  return openDaemon(config, { logLevel, log });
}

/** Options of the embedded control plane. */
export interface ControlPlaneOptions {
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
  /** Default `demo`. */
  readonly org?: string;
  /** Its generation: `2026-07` or `2026-11`, which can delete and move. Default `2026-11`. */
  readonly generation?: LiveState["capabilities"]["generation"];
  /** Folder of its state. Default: none, and the state is lost at the end. */
  readonly data?: string;
}

/** A running embedded control plane. */
export interface ControlPlane {
  readonly url: string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a control plane in this process, for trials and tests: it has the rules of the real one, and no clusters. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { serveControlPlane } = await import("./embedded/serve-control-plane.ts");
  const { url, close } = await serveControlPlane({ generation: "2026-11", org: "demo", ...options });
  return { url, close, [Symbol.asyncDispose]: close };
}
