import type { Pause, TargetState } from "../../model/daemon/daemon-records.ts";
import type { RunningPass, WaitsFor } from "../../model/daemon/daemon-service.ts";
import type { NextStep } from "../../model/passes/next-step.ts";
import type { State } from "../../model/passes/status.ts";
import type { RequestsTrouble } from "../../model/reviews/request-records.ts";
import { formatMoment, shortenHash } from "../text/format-moment.ts";
import type { Paint } from "../text/paint.ts";
import { type Cell, renderTable } from "../text/render-table.ts";
import { join, joinSections, type Part, type Shown, shown } from "../text/shown-text.ts";

/** One target of a daemon, as far as this list shows it. */
export interface ListedTarget extends TargetState {
  readonly control_plane: string;
  readonly org: string;
  readonly warnings: readonly string[];
  /** Missing in what an older daemon answers. */
  readonly requests_trouble?: RequestsTrouble | null;
  readonly pauses: readonly Pause[];
  readonly running: Pick<RunningPass, "step" | "started_at" | "waits_for"> | null;
}

const HEAD = ["NAME", "STATE", "REASON", "SINCE", "APPLIED", "LAST SUCCESS", "CONTROL PLANE"];

/**
 * The targets of a daemon with their status, and below what there is to say, and what the reader can do next about each. `nextError`: why the
 * next steps can't be listed; null: they are.
 */
export function renderTargetsText(
  targets: readonly ListedTarget[],
  next: readonly NextStep[],
  paint: Paint,
  nextError: string | null = null,
): Shown {
  if (targets.length === 0) return shown`The daemon has no targets.\n`;
  const rows = targets.map((target) => renderRow(target, paint));
  const remarks = targets.flatMap((target) => [
    ...listRemarks(target, paint),
    ...next.filter((step) => step.target === target.target).map((step) => renderStep(step, paint)),
  ]);
  const table = renderTable("Targets", HEAD, rows, paint);
  const leftOut = nextError === null ? [] : [shown`  The next commands are left out: ${nextError}`];
  return joinSections([table, join([...remarks, ...leftOut])]);
}

function renderRow(target: ListedTarget, paint: Paint): readonly Cell[] {
  const { status, applied_revision, pinned_revision, last_success_at, control_plane, org } = target;
  const applied = applied_revision === null ? "-" : shortenHash(applied_revision);
  return [
    { text: target.target },
    { text: status.state, colour: colourOf(status.state, paint) },
    { text: status.reason },
    { text: formatMoment(status.since) },
    { text: pinned_revision === null ? applied : `${applied} (pinned)` },
    { text: last_success_at === null ? "-" : formatMoment(last_success_at) },
    { text: org === "" ? control_plane : `${control_plane} (${org})` },
  ];
}

/** How a state is coloured. */
function colourOf(state: State, paint: Paint): (text: Part) => Shown {
  switch (state) {
    case "Synced":
      return paint.add;
    case "Invalid":
    case "Failed":
      return paint.destroy;
    case "OutOfSync":
    case "Waiting":
    case "AwaitingApproval":
    case "Paused":
    case "Inconclusive":
      return paint.change;
  }
}

function renderStep({ target, message, command }: NextStep, paint: Paint): Shown {
  return shown`  ${paint.strong(target)}: ${command ?? message}`;
}

function listRemarks(
  { target, status, warnings, requests_trouble, pauses, running }: ListedTarget,
  paint: Paint,
): readonly Shown[] {
  const say = (text: string) => shown`  ${paint.strong(target)}: ${text}`;
  return [
    ...(running === null ? [] : [say(describeRunning(running))]),
    ...(status.state === "Synced" ? [] : [say(status.message)]),
    ...warnings.map((warning) => say(`warning: ${warning}`)),
    ...(requests_trouble == null ? [] : [say(describeTrouble(requests_trouble))]),
    ...pauses.map(({ address, by, reason, until }) => {
      const end = until === null ? "until it is resumed" : `until ${formatMoment(until)}`;
      return say(`${address ?? "all of it"} is paused by ${by} ${end}: ${reason}`);
    }),
  ];
}

function describeRunning({ step, started_at, waits_for }: NonNullable<ListedTarget["running"]>): string {
  if (waits_for === undefined) return `a pass is at ${step}, since ${formatMoment(started_at)}`;
  return `a pass is at ${step}: since ${formatMoment(waits_for.since)}, it ${describeWaits(waits_for)}`;
}

/** What a pass waits for, to follow its name: `reads from URL, and gives up after 120 s without an answer`. */
export function describeWaits({ systems, timeout_ms }: WaitsFor): string {
  const limit = timeout_ms === null ? "" : `, and gives up after ${timeout_ms / 1000} s without an answer`;
  return `reads from ${systems.join(" and ")}${limit}`;
}

function describeTrouble({ since, message, next_at }: RequestsTrouble): string {
  return `its pull requests can't be read since ${formatMoment(since)}: ${message} They are retried by ${formatMoment(next_at)}.`;
}
