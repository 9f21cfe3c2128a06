import { setTimeout as sleep } from "node:timers/promises";
import { readDestination } from "../../model/daemon/destination.ts";
import type { PassOutcome, PassRecord } from "../../model/passes/pass.ts";
import { outcomeLine } from "../../report/runs/outcome-line.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { renderDiagnostics } from "../../report/text/render-diagnostics.ts";
import { shown } from "../../report/text/shown-text.ts";
import type { DaemonClient } from "../daemon-client/open-daemon.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper reconcile`. */
export interface ReconcileOptions extends ServerOptions {
  readonly target: string;
  /** An earlier revision to go back to. */
  readonly revision?: string | undefined;
  /** Follow the branch again. */
  readonly follow: boolean;
  readonly wait: boolean;
  readonly waitLimitMs: number;
  readonly colour: boolean;
}

/** How often a daemon is asked whether the pass has ended. */
const ASK_EVERY_MS = 500;

/**
 * Requests a pass. Exit code 0 once the request is on record; with `wait`, by the result of the pass: 0 in sync or applied, 1 it failed or
 * its result is unknown, 3 invalid manifests, 4 blocked, held or waiting, also where it did not end within the limit.
 */
export async function runReconcile(options: ReconcileOptions): Promise<number> {
  const { target, revision, follow, wait, json } = options;
  if (follow && revision !== undefined) throw usage("--follow and --revision exclude each other.");
  return withDaemon(options, async (daemon) => {
    const destination = follow ? ({ kind: "follow" } as const) : readDestination(revision ?? null);
    const { id, at } = await daemon.reconcile(target, destination);
    if (!wait) {
      printResult({ id }, json, () => shown`Requested a pass of target ${target} (request ${id}).\n`);
      return EXIT.ok;
    }
    return conclude(await waitForPass(daemon, at, options), id, options);
  });
}

/**
 * The first pass that began after the request and has ended; null where the limit came first. One that was under way, in any replica, may have
 * fetched an older revision. One that came after it says nothing of what was requested, as of a revision that was refused.
 */
async function waitForPass(
  daemon: DaemonClient,
  at: string,
  { target, waitLimitMs }: ReconcileOptions,
): Promise<PassRecord | null> {
  const end = performance.now() + waitLimitMs;
  for (;;) {
    const { last_pass, passes } = await daemon.readTarget(target);
    const isEnded = last_pass !== null && last_pass.started_at >= at;
    // Newest first. One without news is not on record.
    if (isEnded) return passes.findLast(({ started_at }) => started_at >= at) ?? last_pass;
    if (performance.now() + ASK_EVERY_MS > end) return null;
    await sleep(ASK_EVERY_MS);
  }
}

function conclude(pass: PassRecord | null, id: string, { target, json, colour }: ReconcileOptions): number {
  if (pass === null) {
    printResult(
      { id, pass },
      json,
      () => shown`The pass has not ended within the limit; it continues. Run poolkeeper targets to see its state.\n`,
    );
    return EXIT.blocked;
  }
  const paint = choosePaint(colour);
  printResult({ id, pass }, json, () => {
    const details = pass.outcome.kind === "invalid" ? renderDiagnostics(pass.outcome.diagnostics, paint) : "";
    return shown`${details}${paint.strong(target)}: ${outcomeLine(pass.outcome)}\n`;
  });
  return exitCode(pass.outcome);
}

function exitCode(outcome: PassOutcome): number {
  switch (outcome.kind) {
    case "synced":
      return EXIT.ok;
    case "applied":
      return outcome.held.length === 0 ? EXIT.ok : EXIT.blocked;
    case "waiting":
    case "held":
    case "blocked":
      return EXIT.blocked;
    case "invalid":
      return EXIT.invalid;
    case "refused":
    case "inconclusive":
    case "failed":
    case "cancelled":
      return EXIT.error;
  }
}
