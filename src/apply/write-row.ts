import pLimit from "p-limit";
import type { AttributesKind } from "../kinds/registry.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import {
  type AttributesRow,
  formatAttributesScope,
  goesAlong,
  isWritable,
  keyRow,
  parseAttributesScope,
  type RowKey,
  readField,
  showRow,
} from "../model/objects/attributes.ts";
import { fieldsSet, isRow, type StepOf } from "../model/plan/step.ts";
import type { StepFacts, TargetTools } from "./apply-context.ts";
import { type PlaceStep, requireFlyteadmin } from "./place-step.ts";

/** A step on a row of flyteadmin. */
type RowStep = StepOf<AttributesKind>;

/** Most rows that are written back concurrently. */
const ROWS_AT_ONCE = 8;

/** The rows of its kind below the scope of a delete. */
export interface GoingAlong {
  /** Those that can be written back. */
  readonly displaced: readonly AttributesRow[];
  /** Those that cannot. */
  readonly lost: readonly AttributesRow[];
}

/** The rows of a step that takes none along. */
export const NOTHING_GOES: GoingAlong = { displaced: [], lost: [] };

/**
 * The rows that the delete of a step will take along. Throws an OperationalError where one of them cannot be written back and is not among
 * those that it may remove permanently (`mayLose`).
 */
export async function readGoingAlong(
  step: PlaceStep,
  tools: TargetTools,
  mayLose: readonly RowKey[],
): Promise<GoingAlong> {
  if (!isRow(step) || step.op !== "delete" || !isWide(step)) return NOTHING_GOES;
  const rows = await listBelow(step, tools);
  const lost = rows.filter((row) => !isWritable(row));
  const shown = new Set(mayLose.map(identifyKey));
  const unshown = lost.filter((row) => !shown.has(identify(row)));
  if (unshown.length > 0) throw wouldLose(step, unshown);
  return { displaced: rows.filter(isWritable), lost };
}

/** Whether other rows may be below the row of a step. Below a workflow's are only those of launch plans, which are never written: not listed. */
function isWide({ physical_name }: RowStep): boolean {
  return parseAttributesScope(physical_name).workflow === null;
}

async function listBelow(step: RowStep, tools: TargetTools): Promise<readonly AttributesRow[]> {
  const { kind, scope } = rowOf(step);
  const rows = await requireFlyteadmin(step, tools).reader.listRows(kind);
  return rows.filter((row) => goesAlong(row, scope));
}

function wouldLose({ physical_name }: RowStep, lost: readonly AttributesRow[]): OperationalError {
  const names = lost.map((row) => showRow(keyRow(row))).join(", ");
  const message = `The delete at ${physical_name} would permanently remove ${names}: HTTP cannot write such rows back. Plan again.`;
  return new OperationalError("cascade_unsafe", message, { next: "stop" });
}

/**
 * Sends the write of a step on a row. A row that another writer changed after the plan was made is not overwritten: flyteadmin has no lock,
 * so the row is read right before. Throws an OperationalError when the write is not made.
 */
export async function writeRow(
  step: RowStep,
  tools: TargetTools,
  { displaced, lost, may_be_made, before }: StepFacts,
): Promise<void> {
  const { reader, writer } = requireFlyteadmin(step, tools);
  const row = rowOf(step);
  const seen = before === null ? null : readField(row.kind, before);
  if (step.op !== "delete") {
    const present = (await reader.readRow(row.kind, row.scope))?.value ?? null;
    if (present === row.value) return;
    refuseForeign(step, present, seen);
    return writer.putRow(row);
  }
  let taken = displaced;
  if (isWide(step)) {
    const rows = await reader.listRows(row.kind);
    const present = rows.find((live) => identify(live) === identify(row));
    // An earlier try may have deleted it already: then there is nothing left to delete. Before that, what is missing was deleted by its owner.
    if (may_be_made && present?.value !== seen) await putBack(step, tools, displaced, { known: rows });
    else taken = keepPresent(displaced, rows);
    if (present === undefined) return;
    refuseForeign(step, present.value, seen);
    refuseNewcomers(step, rows, [...displaced, ...lost]);
  } else {
    const present = await reader.readRow(row.kind, row.scope);
    if (present === undefined) return;
    refuseForeign(step, present.value, seen);
  }
  const cause = await deleteRow(step, tools);
  if (taken.length > 0) await putBack(step, tools, taken, { unanswered: cause, seen });
  if (cause !== null) throw cause;
}

function keepPresent(rows: readonly AttributesRow[], live: readonly AttributesRow[]): readonly AttributesRow[] {
  const there = new Set(live.map(identify));
  return rows.filter((row) => there.has(identify(row)));
}

/** Throws an OperationalError `row_changed` where a row changed after the plan was made: it is neither overwritten nor deleted unseen. */
function refuseForeign({ physical_name }: RowStep, present: string | null, seen: string | null): void {
  if (present === seen) return;
  const what = present === null ? "is gone" : seen === null ? "was written" : "was changed";
  const message = `The row of ${physical_name} ${what} since this was planned. Plan again.`;
  throw new OperationalError("row_changed", message, { next: "stop" });
}

/** Throws an OperationalError `rows_changed` where a row below was written after the rows there were journaled: it would be lost. */
function refuseNewcomers(step: RowStep, rows: readonly AttributesRow[], journaled: readonly AttributesRow[]): void {
  const { scope } = rowOf(step);
  const known = new Map(journaled.map((row) => [identify(row), row.value]));
  const other = rows.find((row) => goesAlong(row, scope) && known.get(identify(row)) !== row.value);
  if (other === undefined) return;
  const message = `${formatAttributesScope(other.scope)} was written while the delete at ${step.physical_name}, which also removes it, was in progress. Plan again.`;
  throw new OperationalError("rows_changed", message, { next: "stop" });
}

/** Deletes the row of a step. Returns the error of a delete that may have been made despite it: the rows that it took along are put back first. */
async function deleteRow(step: RowStep, tools: TargetTools): Promise<OperationalError | null> {
  const { kind, scope } = rowOf(step);
  try {
    await requireFlyteadmin(step, tools).writer.deleteRow(kind, scope);
    return null;
  } catch (error) {
    if (error instanceof OperationalError && error.outcomeUnknown) return error;
    throw error;
  }
}

/** What is known when rows are written back. */
interface PutBackFacts {
  /** The live rows, where they were read already. */
  readonly known?: readonly AttributesRow[];
  /** The error of a delete that got no answer; null: it got one. */
  readonly unanswered?: OperationalError | null;
  /** The value that this delete was to remove. */
  readonly seen?: string | null;
}

/** Writes the missing rows back; none where the row of an unanswered delete is as before: it has taken nothing along so far. */
async function putBack(
  step: RowStep,
  tools: TargetTools,
  displaced: readonly AttributesRow[],
  { known, unanswered = null, seen = null }: PutBackFacts,
): Promise<void> {
  const { reader, writer } = requireFlyteadmin(step, tools);
  try {
    const row = rowOf(step);
    const there = new Map((known ?? (await reader.listRows(row.kind))).map((live) => [identify(live), live.value]));
    if (unanswered !== null && there.get(identify(row)) === seen) return;
    const limit = pLimit(ROWS_AT_ONCE);
    const lost = displaced.filter((row) => !there.has(identify(row)));
    const results = await Promise.allSettled(lost.map((row) => limit(() => writer.putRow(row))));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  } catch (error) {
    throw error instanceof OperationalError ? stillMissing(step, error, unanswered) : error;
  }
}

/** The error of a delete whose rows are not all put back: its journal entry stays open, and the next run puts back the missing rows. */
function stillMissing(
  { physical_name }: RowStep,
  error: OperationalError,
  unanswered: OperationalError | null,
): OperationalError {
  const { code, next, retryAfterMs } = error;
  const message = `Not all rows displaced by the delete at ${physical_name} were put back: ${error.message} They are journaled; the next apply writes them back first.`;
  const answered = unanswered === null && (!error.outcomeUnknown || error.answered);
  return new OperationalError(code, message, { next, retryAfterMs, outcomeUnknown: true, answered, cause: error });
}

/** Whether the effect of a step on a row is live, by reading. */
export async function isRowSettled(
  step: RowStep,
  tools: TargetTools,
  displaced: readonly AttributesRow[],
): Promise<boolean> {
  const row = rowOf(step);
  const rows = await requireFlyteadmin(step, tools).reader.listRows(row.kind);
  const found = new Map(rows.map((live) => [identify(live), live.value]));
  if (step.op !== "delete") return found.get(identify(row)) === row.value;
  return !found.has(identify(row)) && displaced.every((lost) => found.has(identify(lost)));
}

function identify(row: AttributesRow): string {
  return identifyKey(keyRow(row));
}

function identifyKey({ scope, launch_plan }: RowKey): string {
  return JSON.stringify([scope, launch_plan]);
}

function rowOf(step: RowStep): AttributesRow {
  const { kind, physical_name } = step;
  return {
    kind,
    scope: parseAttributesScope(physical_name),
    launch_plan: null,
    value: readField(kind, fieldsSet(step)),
  };
}
