import { isAttributesKind } from "../kinds/registry.ts";
import { formatAddress } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { JsonObject } from "../model/json/json.ts";
import type { OwnedObject, Wrote } from "../model/ledger/ledger.ts";
import { type AttributesRow, type RowKey, showRow } from "../model/objects/attributes.ts";
import type { LiveResource } from "../model/objects/live.ts";
import type { SettingValues } from "../model/objects/settings.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import { fieldsSet, rowsBelow, type Step } from "../model/plan/step.ts";
import { keepValues, LONGEST_KEPT } from "../model/secrets/keep-values.ts";
import { maskValue } from "../model/secrets/mask-credentials.ts";
import type { ApplyContext } from "./apply-context.ts";
import { draftLogEntry, noteWritten } from "./draft-log-entry.ts";
import { isReplaced, isWantedDrained } from "./is-out-of-service.ts";
import { isPlaceStep, type NamedStep } from "./place-step.ts";
import { type GoingAlong, NOTHING_GOES, readGoingAlong } from "./write-row.ts";

/** What the entry of a registration keeps, so that the next run can account for one that was killed right after it. */
export interface Introduced {
  /** The names of those that it replaces. */
  readonly previous_names: readonly string[];
  /** The life cycle that its manifest sets; left out by an earlier release. */
  readonly lifecycle?: OwnedObject["lifecycle"];
  /** The physical name of its pool; null: the pool it was in before, or its kind has none. */
  readonly pool: string | null;
}

/** What the entry of a delivery keeps: where it puts files. */
export interface Delivering {
  readonly files: readonly string[];
}

/** What the entry of a write of settings keeps: the values of the keys that it sets, which no record has until the write is confirmed. */
export interface Setting extends Introduced {
  readonly settings: SettingValues;
}

/** What the entry of a delete keeps of the rows that go with it and are to be written back. */
export interface Displaced {
  readonly displaced: readonly AttributesRow[];
}

/** By what a write is known to be done. */
export type Done = "answered" | "found" | "by_another";

/** The open journal entry of one write. */
export interface StepJournal extends GoingAlong {
  /** The write is sent again, as it was refused or not answered. */
  again(): Promise<void>;
  /** A request for the write is ready to leave: what was read for it may have taken long since the try began. */
  leaves(): Promise<void>;
  /** A try failed with this error: where no answer came, it may still arrive. */
  tried(why: OperationalError): void;
  /** For how long the last try, which got no answer, may still be on its way, in milliseconds; 0: it is not. */
  underWayMs(): number;
  /** The write is known to be done. `how`: it was answered, a read found it, or a read found that another writer was first. */
  confirmed(how: Done): Promise<void>;
  /** The write was not made, or its outcome is unknown: the error, or what it waits for. */
  failed(why: unknown): Promise<void>;
}

/**
 * Journals a step before it is sent, with the body of what a delete removes or a queue releases, and what is needed to account for a
 * registration. From the entries that a crash leaves open the next run knows what may be live. Two kinds of entries stay open after their
 * write was confirmed: of a `*` queue that is written out, until its selector is set again, to any value, or it is deleted; and of a queue
 * that releases a cluster that is to be deleted, until a whole plan was applied.
 */
export async function journalStep(step: Step, context: ApplyContext): Promise<StepJournal> {
  const { ledger, clock, run_id } = context;
  const { id: step_id, address, physical_name, op, phase } = step;
  const along = isPlaceStep(step) ? await readGoingAlong(step, context, listMayLose(step, context)) : NOTHING_GOES;
  const { displaced } = along;
  const body =
    op === "delete" || phase === "let-go" ? await readBody(step, context, displaced) : describePlaced(step, context);
  const at = new Date(clock.now()).toISOString();
  const wrote = isPlaceStep(step) ? null : describeWrote(step, context);
  const change = await draftLogEntry(step, context);
  const entry = await ledger.recordIntent(
    { run_id, step_id, address, physical_name, op, phase, body, wrote, at },
    change,
  );
  let last: OperationalError | null = null;
  let mayHaveArrived = false;
  let sentAt = 0;
  const longestMs = longestWrite(step, context);
  const send = async () => {
    await ledger.recordSent(entry, longestMs);
    sentAt = clock.now();
  };
  await send();
  return {
    ...along,
    again: send,
    leaves: async () => {
      if (clock.now() - sentAt >= NEGLIGIBLE_MS) await send();
    },
    tried: (why) => {
      mayHaveArrived ||= why.outcomeUnknown;
      last = why;
    },
    underWayMs: () => (last === null || isHeard(last) ? 0 : Math.max(0, sentAt + longestMs - clock.now())),
    confirmed: async (how) => {
      noteWritten(step, context);
      if (how === "found") await ledger.recordChange(entry, "found");
      if (phase === "write-out" || phase === "let-go") return await ledger.recordChange(entry, "confirmed");
      // What another writer has done is no write of this run. But what is in service again, by any writer, is no longer drained by one.
      if (how === "by_another") await ledger.recordOutcome(entry, op === "activate" ? "in_place" : "failed");
      else await ledger.recordOutcome(entry, "confirmed");
      if (endsWriteOut(step)) await closeWriteOuts(physical_name, context);
    },
    failed: async (why) => {
      // An unexpected error does not show what the server did.
      const isUnknown = why instanceof OperationalError ? why.outcomeUnknown : why instanceof Error;
      // A later try that was refused says nothing of an earlier one without an answer.
      const unknown = isUnknown || mayHaveArrived;
      const message = why instanceof Error ? why.message : typeof why === "string" ? why : undefined;
      // Its outcome is unknown, but no try is in flight: each was over before the next one was sent.
      if (unknown && last !== null && isHeard(last)) await ledger.recordSent(entry, 0);
      await ledger.recordOutcome(entry, unknown ? "unknown" : "failed", message);
    },
  };
}

/** By how much the time at which a write left may be kept too early: reads of a healthy server are over by then, and cost no second record. */
const NEGLIGIBLE_MS = 500;

/** Whether a try that failed is not in flight any more: it was answered, or never left. */
function isHeard({ outcomeUnknown, answered }: OperationalError): boolean {
  return !outcomeUnknown || answered;
}

/** How long a write may be in flight once it was sent; a push has the time limit of git. */
function longestWrite({ kind }: Step, { write_ms, delivery }: ApplyContext): number {
  return kind === "flyte_clusters" ? Math.max(write_ms, delivery?.longestMs ?? 0) : write_ms;
}

/** The rows that the plan showed a delete to remove permanently, where that was allowed. */
function listMayLose(step: Step, { plan }: ApplyContext): readonly RowKey[] {
  const { kind, address } = step;
  const loses = rowsBelow(step)?.loses ?? [];
  const concerns = loses.map((row) => formatAddress(kind, showRow(row)));
  return isAllowed(plan.options.allow, { check: "cascade", addresses: [address], concerns }) ? loses : [];
}

/** What the journal keeps of a registration: a run that is killed right after it was accepted has recorded nothing else of it. */
function describeIntroduced(step: Step, { claimOf }: ApplyContext): Introduced | null {
  const { address, op, physical_name, kind } = step;
  // Settings of others may be in the scope already.
  if (op !== "create" && op !== "undelete" && (kind !== "settings" || op !== "update")) return null;
  const claim = claimOf.get(address);
  if (claim === undefined || claim.physical_name !== physical_name) return null;
  const { pool, cluster_pool = pool } = fieldsSet(step);
  const { previous_names, lifecycle } = claim;
  return { previous_names, lifecycle, pool: typeof cluster_pool === "string" ? cluster_pool : null };
}

/** Of a delivery, since the output has no list of the files that were put there, and of settings, since a scope holds keys of others too, the parts as well. */
function describePlaced(step: Step, context: ApplyContext): Introduced | Delivering | Setting | null {
  const introduced = describeIntroduced(step, context);
  switch (step.kind) {
    case "flyte_clusters":
      return { ...introduced, files: Object.keys(step.set.files) };
    case "settings": {
      const { settings = {} } = (context.changeOf(step)?.after ?? {}) as { readonly settings?: SettingValues };
      const set = Object.entries(settings).filter(([key]) => Object.hasOwn(step.set.settings, key));
      return introduced && { ...introduced, settings: Object.fromEntries(set) };
    }
    default:
      return introduced;
  }
}

function describeWrote(step: NamedStep, context: ApplyContext): Wrote {
  const wrote = { kind: step.kind, set: setBy(step) };
  // What is restored is out of service until it is activated.
  if (step.kind === "cluster_pool" || (step.op !== "drain" && step.op !== "undelete")) return wrote;
  const object = { kind: step.kind, name: step.physical_name, address: step.address };
  // Once the change has ended, nothing else shows whether a manifest wanted it so.
  const isOnTheWay = isReplaced(object, context) || !isWantedDrained(object, context);
  return isOnTheWay ? { ...wrote, on_the_way: true } : wrote;
}

/** The fields that a write sets, its state among them. */
export function setBy(step: NamedStep): JsonObject {
  const state = STATES.get(step.op);
  return { ...fieldsSet(step), ...(state === undefined ? {} : { state }) };
}

/** The state that a write sets without naming it. */
const STATES: ReadonlyMap<Step["op"], string> = new Map([
  ["drain", "drained"],
  ["activate", "active"],
]);

function endsWriteOut(step: Step): boolean {
  if (step.kind !== "queue") return false;
  return step.op === "delete" || (step.op === "update" && step.set.clusters !== undefined);
}

/** Closes the write-out entries of a queue that is no longer written out. */
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
    const known = changeOf(step)?.before ?? null;
    // Of rows it is compared with what is live.
    const before = known === null || isAttributesKind(step.kind) ? known : keepValues(known);
    return { before, displaced } satisfies Displaced & { readonly before: JsonObject | null };
  }
  const body = await readRegistration(step, reader);
  return body === undefined ? null : keepBody(body, step);
}

/** It is only shown, never written back: addresses of buckets and registries are kept masked. But the selector that a queue had is set again. */
function keepBody(body: LiveResource, { phase }: Step): object {
  if (phase === "let-go" && body.kind === "queue") return { spec: { clusters: body.spec.clusters } };
  const text = JSON.stringify(body);
  if (text.length <= LONGEST_KEPT) return maskValue(JSON.parse(text));
  return { kind: body.kind, name: body.name, too_long: `${text.length} characters` };
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
