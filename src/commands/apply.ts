import { statSync } from "node:fs";
import { isWhole } from "../apply/apply-plan.ts";
import { nameSink } from "../delivery/open-sink.ts";
import { listPlacesRead } from "../live/list-places.ts";
import { readTarget } from "../live/read-target.ts";
import type { ApplyReport } from "../model/apply-report.ts";
import { OperationalError } from "../model/operational-error.ts";
import { isEmptyPlan, type Plan } from "../model/plan.ts";
import { digestLive } from "../plan/digest-plan.ts";
import { COLOURED, choosePaint, PLAIN } from "../report/paint.ts";
import { renderApplyText } from "../report/render-apply-text.ts";
import { renderPlanText } from "../report/render-plan-text.ts";
import type { LeaseRecord } from "../store/lease.ts";
import { applyNothing } from "../target/apply-nothing.ts";
import { makePlan } from "../target/make-plan.ts";
import type { Target } from "../target/target.ts";
import { confirmApply } from "./confirm-apply.ts";
import { executePlan } from "./execute-plan.ts";
import { EXIT } from "./exit-codes.ts";
import { type Memory, openMemory, type Remembered } from "./open-memory.ts";
import { findOrg, readScopes, type TargetOptions, withTarget } from "./open-target.ts";
import { readDesired } from "./plan.ts";
import { type PlanFlags, readPlanOptions, savedStore, shapingFlags, usage } from "./plan-options.ts";
import { type OutputFormat, printPlan } from "./print-plan.ts";
import { readPlanFile, StalePlanError } from "./read-plan-file.ts";
import { type Hold, withLease } from "./with-lease.ts";

/** Options of `poolkeeper apply`. */
export interface ApplyCommandOptions extends TargetOptions, PlanFlags {
  /** A folder of manifests, or a saved plan. */
  readonly path: string;
  readonly autoApprove: boolean;
  readonly waitMs: number;
  readonly parallelism: number;
  readonly json: boolean;
  /** One line for each change that destroys nothing. */
  readonly concise: boolean;
  readonly colour: boolean;
}

/** A plan to apply, and how to make or verify it again. */
interface Prepared {
  readonly plan: Plan;
  /** The plan as it is by now. Throws a StalePlanError where a saved one does not stand any more. */
  readonly revise: () => Promise<Plan>;
}

/** Plans a folder, or takes a saved plan, shows it, asks, and carries it out. */
export async function runApply(options: ApplyCommandOptions): Promise<number> {
  const saved = isFile(options.path) ? readPlanFile(options.path) : null;
  return saved === null ? applyFolder(options) : applyFile(saved, options);
}

async function applyFolder(options: ApplyCommandOptions): Promise<number> {
  const planOptions = readPlanOptions(options);
  const paint = choosePaint(options.colour && process.stderr.isTTY === true);
  const desired = await readDesired(options.path, { org: findOrg(options), json: options.json, paint });
  if (desired === null) return EXIT.invalid;
  const scopes = readScopes(options.scope);
  return withMemory(options, async (target, memory) => {
    const { readers } = target;
    const make = (remembered: Remembered) =>
      makePlan({ desired, readers, scopes, memory: remembered, options: planOptions, revision: null });
    const revise = async () => make(await memory.recall());
    return carryOut({ plan: await make(memory), revise }, target, memory, options);
  });
}

async function applyFile(plan: Plan, options: ApplyCommandOptions): Promise<number> {
  const given = shapingFlags(options);
  if (given.length > 0) throw usage(`${given.join(", ")}: a saved plan has that settled. Plan again to change it.`);
  return withMemory(nameTarget(plan, options), async (target, memory) => {
    refuseOtherTarget(plan, target);
    const places = listPlacesRead(plan);
    const revise = async () => {
      if (isEmptyPlan(plan)) {
        process.stderr.write("The saved plan is empty: what is there by now is not compared.\n");
        return plan;
      }
      if (digestLive(await readTarget(target.readers, places), plan.reads) === plan.live_digest) return plan;
      throw new StalePlanError(
        "The plan is stale: what it rests on has changed since, or it was applied already. Plan again.",
      );
    };
    return carryOut({ plan: await revise(), revise }, target, memory, options);
  });
}

/** A saved plan says for which systems it is, where neither flags nor environment do. */
function nameTarget(plan: Plan, options: ApplyCommandOptions): ApplyCommandOptions {
  const { endpoint, org, flyteadmin, delivery } = plan.target;
  const own = (given: string | undefined, variable: string, saved: string | undefined) =>
    given ?? (isSet(process.env[variable]) ? undefined : saved || undefined);
  return {
    ...options,
    store: savedStore(plan, options.store),
    // Without an organization there was no Union control plane: the endpoint is flyteadmin's.
    endpoint: own(options.endpoint, "POOLKEEPER_ENDPOINT", org === "" ? undefined : endpoint),
    org: own(options.org, "POOLKEEPER_ORG", org),
    flyteadminEndpoint: own(options.flyteadminEndpoint, "POOLKEEPER_FLYTEADMIN_ENDPOINT", flyteadmin),
    deliver: own(options.deliver, "POOLKEEPER_DELIVER", delivery && nameSink(delivery)),
  };
}

function refuseOtherTarget({ target: planned }: Plan, { org, endpoint, flyteadmin, delivery }: Target): void {
  const pairs: readonly (readonly [string | undefined, string | undefined])[] = [
    [`${planned.endpoint} (org ${planned.org})`, `${endpoint} (org ${org})`],
    [planned.flyteadmin, flyteadmin?.reader.endpoint],
    [planned.delivery, delivery?.place],
  ];
  const other = pairs.find(([wanted, found]) => wanted !== undefined && wanted !== found);
  if (other === undefined) return;
  const message = `The plan is for ${other[0]}, not for ${other[1] ?? "a target without it"}.`;
  throw new OperationalError("other_target", message, { next: "stop" });
}

function withMemory(
  options: ApplyCommandOptions,
  use: (target: Target, memory: Memory) => Promise<number>,
): Promise<number> {
  return withTarget(options, async (target) => {
    const { endpoint, org } = target;
    const memory = await openMemory(options.store, { endpoint, org }, process.env);
    try {
      return await use(target, memory);
    } finally {
      await memory.close();
    }
  });
}

async function carryOut(
  prepared: Prepared,
  target: Target,
  memory: Memory,
  options: ApplyCommandOptions,
): Promise<number> {
  const { plan } = prepared;
  if (!options.json) printPlan(plan, textFormat(options), options.colour);
  if (!plan.applyable) return refuse(plan, options);
  const nothing = isEmptyPlan(plan) ? await applyNothing(plan, target, memory) : null;
  if (nothing !== null) return conclude(nothing, plan, options);
  if (!isEmptyPlan(plan) && !options.autoApprove) {
    if (options.json) process.stderr.write(renderPlanText(plan, PLAIN));
    if (!(await confirmApply())) return EXIT.error;
  }
  return withLease(memory, options.timeoutMs, async (hold) => {
    const current = await settlePlan(prepared, memory, hold, options);
    if (!current.applyable) return refuse(current, options);
    const report = await executePlan(current, target, hold, options);
    if (report.status === "applied" && isWhole(current)) {
      await hold.lease.confirm();
      await memory.finish(current);
    }
    return conclude(report, current, options, hold.lease.lost.aborted);
  });
}

/** The plan to carry out now that nobody else writes: made again where someone was asked or another run came first. */
async function settlePlan(
  { plan, revise }: Prepared,
  memory: Memory,
  { lease }: Hold,
  options: ApplyCommandOptions,
): Promise<Plan> {
  if (options.autoApprove && isNextLease(memory.lease, lease.record)) return plan;
  const current = await revise();
  if (current.digest === plan.digest && current.applyable) return current;
  if (!options.autoApprove) {
    const when = isEmptyPlan(plan) ? "meanwhile" : "while you were asked";
    throw new StalePlanError(`The control plane changed ${when}. Plan again.`);
  }
  if (!options.json) {
    process.stderr.write("Another run has ended meanwhile. The plan by now:\n");
    printPlan(current, textFormat(options), options.colour);
  }
  return current;
}

/** Whether no other run held a lease between the two: what was read with the first is as it was. */
function isNextLease(before: LeaseRecord | null, now: LeaseRecord): boolean {
  return before === null
    ? now.fencing_number === 1
    : before.released && now.fencing_number === before.fencing_number + 1;
}

function textFormat({ concise }: ApplyCommandOptions): OutputFormat {
  return concise ? "concise" : "text";
}

function refuse(plan: Plan, { json }: ApplyCommandOptions): number {
  if (json) printPlan(plan, "json", false);
  return EXIT.blocked;
}

function conclude(report: ApplyReport, plan: Plan, options: ApplyCommandOptions, lost = false): number {
  const code = lost && report.status !== "applied" ? EXIT.error : exitCode(report);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...report, exit_code: code, plan }, undefined, 2)}\n`);
  else if (!isEmptyPlan(plan)) {
    process.stdout.write(`\n${renderApplyText(report, plan, options.colour ? COLOURED : PLAIN)}`);
  }
  return code;
}

function exitCode({ status }: ApplyReport): number {
  switch (status) {
    case "applied":
      return EXIT.ok;
    case "waiting":
      return EXIT.blocked;
    case "failed":
    case "cancelled":
      return EXIT.error;
  }
}

/** A variable that is empty counts as not there, as everywhere. */
function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable.trim() !== "";
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
