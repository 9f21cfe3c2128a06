import { OperationalError } from "../model/errors/operational-error.ts";
import type { JsonObject } from "../model/json/json.ts";
import type { IntendedChange } from "../model/ledger/change-log.ts";
import { keepNamed, mergeMaps, withoutGone } from "../model/objects/limit-maps.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext } from "./apply-context.ts";
import { setBy } from "./journal-step.ts";
import { isPlaceStep, type NamedStep } from "./place-step.ts";

/** The fields of the objects that this run has written itself, by `KIND.NAME` there. */
export type Written = Map<string, JsonObject>;

/**
 * The change log's entry for a write: the fields that it sends, and their values before. For the object of the change itself, those are what
 * the plan saw and what this run has written since; for any other one, such as a queue that releases a cluster, they are read. Null: the
 * run has no cause, and nothing is logged.
 */
export async function draftLogEntry(step: Step, context: ApplyContext): Promise<IntendedChange | null> {
  const { cause, plan, changeOf } = context;
  if (cause === null) return null;
  const { target, via, digest, sealed_by, decide } = cause;
  const { address, kind } = step;
  const why = { target, via, digest, sealed_by, ...decide(address) };
  const origin = changeOf(step)?.origin ?? "unknown";
  const fields = isPlaceStep(step) ? describePlaced(step, context) : await describeNamed(step, context);
  return { ...why, ...fields, kind, origin, revision: plan.revision };
}

/** Remembers the fields of an object after a write to it was confirmed. */
export function noteWritten(step: Step, { written }: Pick<ApplyContext, "written">): void {
  if (isPlaceStep(step)) return;
  const name = nameObject(step);
  if (step.op === "delete") written.delete(name);
  else written.set(name, mergeMaps(written.get(name) ?? {}, setBy(step)));
}

type Fields = Pick<IntendedChange, "before" | "after">;

/** A placed object has one write, for the whole change; of settings it sends what it names. */
function describePlaced(step: Step, { changeOf }: ApplyContext): Fields {
  const change = changeOf(step);
  // A change that puts displaced rows back shows no fields.
  const after = step.op === "delete" ? null : (change?.after ?? step.set);
  const before = change?.before ?? null;
  if (step.kind !== "settings" || before === null || after === null) return { before, after };
  const { settings, cleared } = step.set;
  const named = { settings: { ...settings, ...Object.fromEntries(cleared.map((key) => [key, null])) } };
  return { before: keepNamed(before, named), after: keepNamed(after, named) };
}

async function describeNamed(step: NamedStep, context: ApplyContext): Promise<Fields> {
  const set = setBy(step);
  const after = withoutGone(set);
  if (step.op === "create" || step.op === "undelete") return { before: null, after };
  const known = withoutGone(
    mergeMaps((await readBefore(step, context)) ?? {}, context.written.get(nameObject(step)) ?? {}),
  );
  if (step.op === "delete") return { before: Object.keys(known).length === 0 ? null : known, after: null };
  const before = keepNamed(known, set);
  return { before: Object.keys(before).length === 0 ? null : before, after };
}

async function readBefore(step: NamedStep, { changeOf, reader }: ApplyContext): Promise<JsonObject | null> {
  const change = changeOf(step);
  if (change !== undefined && step.kind === kindOf(step.address)) {
    const { physical_name, previous_physical_name, before } = change;
    return step.physical_name === (previous_physical_name ?? physical_name) ? before : null;
  }
  if (step.kind !== "queue") return null;
  try {
    const queue = await reader.getQueue(step.physical_name);
    return queue === undefined ? null : { ...(queue.spec as unknown as JsonObject), state: queue.state };
  } catch (error) {
    // A write does not fail because its log entry could not be completed.
    if (error instanceof OperationalError) return null;
    throw error;
  }
}

function kindOf(address: Step["address"]): string {
  return address.slice(0, address.indexOf("."));
}

function nameObject({ kind, physical_name }: Step): string {
  return `${kind}.${physical_name}`;
}
