import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { applyPlan, isWhole } from "../apply/apply-plan.ts";
import { systemClock } from "../apply/clock.ts";
import type { ControlPlane } from "../control-plane/open-control-plane.ts";
import { readLive } from "../live/read-live.ts";
import type { ApplyReport } from "../model/apply-report.ts";
import { createEmptyLedger } from "../model/empty-ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Plan } from "../model/plan.ts";
import { digestLive, isEmptyPlan } from "../plan/digest-plan.ts";
import { COLOURED, PLAIN } from "../report/paint.ts";
import { renderApplyText } from "../report/render-apply-text.ts";
import { renderPlanText } from "../report/render-plan-text.ts";
import { confirmApply } from "./confirm-apply.ts";
import { type ConnectionOptions, withControlPlane } from "./connect.ts";
import { EXIT } from "./exit-codes.ts";
import { makePlan } from "./make-plan.ts";
import { type Memory, openMemory } from "./open-memory.ts";
import { readDesired } from "./plan.ts";
import { type PlanFlags, readPlanOptions, savedStore, shapingFlags, usage } from "./plan-options.ts";
import { printPlan } from "./print-plan.ts";
import { readPlanFile, StalePlanError } from "./read-plan-file.ts";
import { showProgress } from "./show-progress.ts";

/** Options of `poolkeeper apply`. */
export interface ApplyCommandOptions extends ConnectionOptions, PlanFlags {
  /** A folder of manifests, or a saved plan. */
  readonly path: string;
  readonly autoApprove: boolean;
  readonly waitMs: number;
  readonly parallelism: number;
  readonly json: boolean;
  readonly colour: boolean;
}

/** A plan to apply, and how to make it again to see whether it still stands. */
interface Prepared {
  readonly plan: Plan;
  readonly stillStands: () => Promise<boolean>;
}

/** Plans a folder, or takes a saved plan, shows it, asks, and carries it out. */
export async function runApply(options: ApplyCommandOptions): Promise<number> {
  const saved = isFile(options.path) ? readPlanFile(options.path) : null;
  return saved === null ? applyFolder(options) : applyFile(saved, options);
}

async function applyFolder(options: ApplyCommandOptions): Promise<number> {
  const planOptions = readPlanOptions(options);
  const desired = await readDesired(options.path, options.json);
  if (desired === null) return EXIT.invalid;
  return withTarget(options, async (controlPlane, memory) => {
    const { reader } = controlPlane;
    const make = () => makePlan({ desired, reader, memory, options: planOptions, revision: null });
    const plan = await make();
    const stillStands = async () => {
      const again = await make();
      return again.digest === plan.digest && again.applyable;
    };
    return carryOut({ plan, stillStands }, controlPlane, memory, options);
  });
}

async function applyFile(plan: Plan, options: ApplyCommandOptions): Promise<number> {
  const given = shapingFlags(options);
  if (given.length > 0) throw usage(`${given.join(", ")}: a saved plan has that settled. Plan again to change it.`);
  const { endpoint, org } = plan.target;
  const connection = {
    ...options,
    store: savedStore(plan, options.store),
    endpoint: options.endpoint ?? (isSet(process.env.POOLKEEPER_ENDPOINT) ? undefined : endpoint),
    org: options.org ?? (isSet(process.env.POOLKEEPER_ORG) ? undefined : org),
  };
  return withTarget(connection, async (controlPlane, memory) => {
    const { reader } = controlPlane;
    if (reader.endpoint !== endpoint || reader.org !== org) {
      const message = `The plan is for ${endpoint} (org ${org}), not for ${reader.endpoint} (org ${reader.org}).`;
      throw new OperationalError("other_target", message, { next: "stop" });
    }
    const stillStands = async () => digestLive(await readLive(reader), plan.reads) === plan.live_digest;
    if (!isEmptyPlan(plan) && !(await stillStands())) {
      throw new StalePlanError(
        "The plan is stale: what it rests on has changed since, or it was applied already. Plan again.",
      );
    }
    return carryOut({ plan, stillStands }, controlPlane, memory, options);
  });
}

function withTarget(
  options: ApplyCommandOptions,
  use: (controlPlane: ControlPlane, memory: Memory) => Promise<number>,
): Promise<number> {
  return withControlPlane(options, async (controlPlane) => {
    const { endpoint, org } = controlPlane.reader;
    const memory = await openMemory(options.store, { endpoint, org }, process.env);
    try {
      return await use(controlPlane, memory);
    } finally {
      await memory.close();
    }
  });
}

async function carryOut(
  { plan, stillStands }: Prepared,
  controlPlane: ControlPlane,
  memory: Memory,
  options: ApplyCommandOptions,
): Promise<number> {
  if (!options.json) printPlan(plan, "text", options.colour);
  if (!plan.applyable) {
    if (options.json) printPlan(plan, "json", false);
    return EXIT.blocked;
  }
  if (!isEmptyPlan(plan) && !options.autoApprove) {
    if (options.json) process.stderr.write(renderPlanText(plan, PLAIN));
    if (!(await confirmApply())) return EXIT.error;
    if (!(await stillStands())) throw new StalePlanError("The control plane changed while you were asked. Plan again.");
  }
  const report = await execute(plan, controlPlane, memory, options);
  if (report.status === "applied" && isWhole(plan)) await memory.finish();
  const code = exitCode(report);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...report, exit_code: code, plan }, undefined, 2)}\n`);
  else if (!isEmptyPlan(plan)) {
    process.stdout.write(`\n${renderApplyText(report, plan, options.colour ? COLOURED : PLAIN)}`);
  }
  return code;
}

async function execute(
  plan: Plan,
  { reader, writer }: ControlPlane,
  memory: Memory,
  options: ApplyCommandOptions,
): Promise<ApplyReport> {
  const ledger =
    isEmptyPlan(plan) && memory.ownership === "manifest" ? createEmptyLedger() : await memory.openForWriting();
  const abort = new AbortController();
  const interrupt = () => {
    process.stderr.write("Interrupted: calls under way are finished, then poolkeeper stops.\n");
    abort.abort();
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const live = process.stdout.isTTY === true && process.stderr.isTTY === true && options.colour && !options.json;
  const progress = showProgress(plan, live);
  try {
    return await applyPlan(
      plan,
      { reader, writer, ledger, clock: systemClock },
      {
        wait_ms: options.waitMs,
        parallelism: options.parallelism,
        signal: abort.signal,
        onEvent: progress.onEvent,
        run_id: randomUUID(),
      },
    );
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    await progress.end();
  }
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
