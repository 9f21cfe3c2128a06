import { formatAddress } from "../model/address.ts";
import { type AttributesRow, type RowKey, showRow } from "../model/attributes.ts";
import { isAllowed } from "../model/is-allowed.ts";
import type { OwnedObject } from "../model/ledger.ts";
import { maskValue } from "../model/mask-credentials.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { JsonObject } from "../model/plan.ts";
import { fieldsSet, rowsBelow, type Step } from "../model/step.ts";
import type { ApplyContext } from "./apply-context.ts";
import { describeChange, noteWritten } from "./describe-change.ts";
import { isPlaceStep, type NamedStep } from "./place-step.ts";
import { type GoingAlong, NOTHING_GOES, readGoingAlong } from "./write-row.ts";

/** What the entry of a registration keeps, so that a run that was killed right after it can be accounted for. */
export interface Introduced {
  /** Those that it is to replace. */
  readonly previous_names: readonly string[];
  /** What its manifest says of its end; left out by an earlier release. */
  readonly lifecycle?: OwnedObject["lifecycle"];
  /** Where it is put, by the pool's name there; null: where it was before, or it is of a kind without one. */
  readonly pool: string | null;
}

/** What the entry of a delivery keeps: where it puts files. */
export interface Delivering {
  readonly files: readonly string[];
}

/** What the entry of a delete keeps of the rows that go with it and are to be written back. */
export interface Displaced {
  readonly displaced: readonly AttributesRow[];
}

/** The journal entry of one write, to be ended. */
export interface StepJournal extends GoingAlong {
  /** It is sent once more, as it was refused or no answer came. */
  again(): Promise<void>;
  /** A try failed so: where no answer came, it may arrive yet, whatever becomes of the next ones. */
  tried(why: OperationalError): void;
  confirmed(): Promise<void>;
  /** Not carried out, or not known to be: the error, or what it waits for. */
  failed(why: unknown): Promise<void>;
}

/**
 * Writes down that a step is about to be sent, with the body of what a delete removes or a queue lets go of, and what has to be known
 * of a registration to account for it, before it is sent. What stays open after a crash tells the next run what may be there. Two kinds of steps stay open although they were
 * carried out: a `*` queue that is written out, until its selector is written again, whatever to, or it is deleted; and a
 * queue that lets go of a cluster that is to be deleted, until a whole plan was carried out.
 */
export async function journalStep(step: Step, context: ApplyContext): Promise<StepJournal> {
  const { ledger, clock, run_id } = context;
  const { id: step_id, address, physical_name, op, phase } = step;
  const along = isPlaceStep(step) ? await readGoingAlong(step, context, listMayLose(step, context)) : NOTHING_GOES;
  const { displaced } = along;
  const body =
    op === "delete" || phase === "let-go"
      ? await readBody(step, context, displaced)
      : describeDelivering(step, describeIntroduced(step, context));
  const at = new Date(clock.now()).toISOString();
  const wrote = isPlaceStep(step) ? null : { kind: step.kind, set: setBy(step) };
  const change = await describeChange(step, context);
  const entry = await ledger.recordIntent(
    { run_id, step_id, address, physical_name, op, phase, body, wrote, at },
    change,
  );
  // Whether each try so far was answered; null: none has failed.
  let isHeard: boolean | null = null;
  const send = () => ledger.recordSent(entry, longestWrite(step, context));
  await send();
  return {
    ...along,
    again: send,
    tried: (why) => {
      isHeard = isHeard !== false && (!why.outcomeUnknown || why.answered);
    },
    confirmed: async () => {
      noteWritten(step, context);
      if (phase === "write-out" || phase === "let-go") return await ledger.recordChange(entry, "confirmed");
      await ledger.recordOutcome(entry, "confirmed");
      if (endsWriteOut(step)) await closeWriteOuts(physical_name, context);
    },
    failed: async (why) => {
      // An error that nobody foresaw says nothing of what the server did.
      const unknown = why instanceof OperationalError ? why.outcomeUnknown : why instanceof Error;
      const message = why instanceof Error ? why.message : typeof why === "string" ? why : undefined;
      // Its outcome is not known, but none of it is on its way.
      if (unknown && isHeard === true) await ledger.recordSent(entry, 0);
      await ledger.recordOutcome(entry, unknown ? "unknown" : "failed", message);
    },
  };
}

/** How long a write may be on its way once it was sent; a push takes as long as git has. */
function longestWrite({ kind }: Step, { write_ms, delivery }: ApplyContext): number {
  return kind === "flyte_clusters" ? Math.max(write_ms, delivery?.longestMs ?? 0) : write_ms;
}

/** What the plan showed that a delete takes away for good, where that was let through. */
function listMayLose(step: Step, { plan }: ApplyContext): readonly RowKey[] {
  const { kind, address } = step;
  const loses = rowsBelow(step)?.loses ?? [];
  const concerns = loses.map((row) => formatAddress(kind, showRow(row)));
  return isAllowed(plan.options.allow, { check: "cascade", addresses: [address], concerns }) ? loses : [];
}

/** A run that is killed right after a registration was accepted has recorded nothing else of it. */
function describeIntroduced(step: Step, { claimOf }: ApplyContext): Introduced | null {
  const { address, op, physical_name } = step;
  if (op !== "create" && op !== "undelete") return null;
  const claim = claimOf.get(address);
  if (claim === undefined || claim.physical_name !== physical_name) return null;
  const { pool, cluster_pool = pool } = fieldsSet(step);
  const { previous_names, lifecycle } = claim;
  return { previous_names, lifecycle, pool: typeof cluster_pool === "string" ? cluster_pool : null };
}

/** No list of the output tells later what was put there. */
function describeDelivering(step: Step, introduced: Introduced | null): Introduced | Delivering | null {
  if (step.kind !== "flyte_clusters") return introduced;
  return { ...introduced, files: Object.keys(step.set.files) } satisfies Delivering;
}

/** The fields that a write sets, its state among them. */
export function setBy(step: NamedStep): JsonObject {
  const state = STATES.get(step.op);
  return { ...fieldsSet(step), ...(state === undefined ? {} : { state }) };
}

/** What a write makes of a state without setting it by name. */
const STATES: ReadonlyMap<Step["op"], string> = new Map([
  ["drain", "drained"],
  ["activate", "active"],
]);

function endsWriteOut(step: Step): boolean {
  if (step.kind !== "queue") return false;
  return step.op === "delete" || (step.op === "update" && step.set.clusters !== undefined);
}

/** Closes what is journaled of a queue that was written out: it is not any more. */
export async function closeWriteOuts(queue: string, { ledger }: Pick<ApplyContext, "ledger">): Promise<void> {
  for (const intent of await ledger.readOpenIntents()) {
    if (intent.physical_name !== queue || intent.phase !== "write-out") continue;
    await ledger.closeIntent(intent.id);
  }
}

async function readBody(
  step: Step,
  { reader, changeOf }: ApplyContext,
  displaced: readonly AttributesRow[],
): Promise<object | null> {
  if (isPlaceStep(step)) {
    const before = changeOf(step)?.before ?? null;
    return { before, displaced } satisfies Displaced & { readonly before: JsonObject | null };
  }
  const body = await readRegistration(step, reader);
  // Nothing is made of it again: addresses of buckets and registries are kept as they are shown.
  return body === undefined ? null : maskValue(JSON.parse(JSON.stringify(body)));
}

function readRegistration({ kind, physical_name }: NamedStep, reader: ApplyContext["reader"]) {
  switch (kind) {
    case "cluster_pool":
      return reader.getPool(physical_name);
    case "cluster":
      return reader.getCluster(physical_name);
    case "queue":
      return reader.getQueue(physical_name);
  }
}
