import type { Approval } from "../model/daemon-records.ts";
import type { KeptPlan } from "../model/pass.ts";
import { showDigest } from "../model/show-digest.ts";
import { formatMoment, shortenHash } from "../report/format-moment.ts";
import { choosePaint } from "../report/paint.ts";
import { renderPlanText } from "../report/render-plan-text.ts";
import { stripControls } from "../report/strip-controls.ts";
import { confirm } from "./confirm.ts";
import { EXIT } from "./exit-codes.ts";
import { printResult, type ServerOptions, withDaemon } from "./with-daemon.ts";

/** Options of `poolkeeper approve`. */
export interface ApproveOptions extends ServerOptions {
  readonly digest: string;
  /** Needed where several targets have the same plan. */
  readonly target: string | undefined;
  readonly overrides: readonly string[];
  /** Do not ask. */
  readonly yes: boolean;
  readonly colour: boolean;
}

/**
 * Shows a plan, asks, and approves it: exactly the plan that was shown. Exit code 0, or 1 where it was not approved; a plan that does
 * not stand any more is an OperationalError `stale_plan`.
 */
export async function runApprove(options: ApproveOptions): Promise<number> {
  const { digest, target, overrides, yes, json } = options;
  return withDaemon(options, async (daemon) => {
    const kept = await daemon.readPlan(digest, target);
    showPlan(kept, options);
    if (!yes && !(await confirm({ question: "Approve this?", unasked: "--yes", nothing: "Nothing was approved." })))
      return EXIT.error;
    const approval = await daemon.approve({ digest: kept.digest, target: kept.target }, overrides);
    printResult(approval, json, () => renderApproval(approval));
    return EXIT.ok;
  });
}

/** With `--json`, stdout is for the approval alone. */
function showPlan({ target, digest, revision, made_at, plan }: KeptPlan, { json, colour }: ApproveOptions): void {
  const paint = choosePaint(colour && (!json || process.stderr.isTTY === true));
  const of = revision === null ? "" : `, revision ${shortenHash(revision)}`;
  const title = `Plan ${showDigest(digest)} of target ${stripControls(target)}${of}, made ${formatMoment(made_at)}`;
  const stream = json ? process.stderr : process.stdout;
  stream.write(`${paint.strong(title)}\n\n${renderPlanText(plan, paint)}\n`);
}

function renderApproval({ digest, target, expires_at, overrides }: Approval): string {
  const over = overrides.length === 0 ? "" : ` It overrides ${overrides.map(stripControls).join(", ")}.`;
  return `Approved: plan ${showDigest(digest)} of target ${stripControls(target)}.${over} It holds until ${formatMoment(expires_at)}.\n`;
}
