import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import { isJsonObject, isText, listOf, type Shape } from "../../model/json/shape.ts";
import type {
  JournalEntry,
  ObjectElsewhere,
  OpenIntent,
  OwnedObject,
  OwnWrite,
  ReleasedObject,
  UnderWay,
  UnloggedWrite,
  WrittenEntry,
} from "../../model/ledger/ledger.ts";
import { isJournalBody, isRefusedChange, isWrote } from "../../model/ledger/ledger-shape.ts";
import type { Refusal } from "../../model/ledger/refusal.ts";
import { type Op, PHASES, type Phase } from "../../model/plan/step.ts";
import { DamagedEntryError, readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow, JournalEntryRow, OwnedObjectRow } from "../database/store-schema.ts";
import { readPhase } from "../plans/upgrade-plan.ts";

type WithoutKey<Row> = Omit<Row, "org" | "endpoint" | "place">;

/** An owned object as a row; the target's columns and the place are the caller's. */
export function toOwnedRow(object: OwnedObject): WithoutKey<OwnedObjectRow> {
  return {
    address: object.address,
    physical_name: object.physical_name,
    previous_names: JSON.stringify(object.previous_names),
    left_names: object.left_names === undefined ? null : JSON.stringify(object.left_names),
    prevent_destroy: object.lifecycle.prevent_destroy ? 1 : 0,
    on_remove: object.lifecycle.on_remove,
    applied: object.applied === null ? null : JSON.stringify(object.applied),
    manifest: object.manifest === null ? null : JSON.stringify(object.manifest),
    revision: object.revision,
    updated_at: object.updated_at,
    released: 0,
    unconfirmed: object.unconfirmed === true ? 1 : 0,
  };
}

/** The owned object of a row. Throws an OperationalError when the row was altered by hand. */
export function fromOwnedRow(row: OwnedObjectRow): OwnedObject {
  const address = readAddress(row.address);
  return {
    ...address,
    physical_name: row.physical_name,
    previous_names: readNames(row.previous_names, row.address),
    ...(row.left_names !== null && { left_names: readNames(row.left_names, row.address) }),
    lifecycle: { prevent_destroy: row.prevent_destroy !== 0, on_remove: readOnRemove(row.on_remove, row.address) },
    applied: readOrNull(row.applied, row.address, isJsonObject),
    manifest: readOrNull(row.manifest, row.address, isJsonObject),
    revision: row.revision,
    updated_at: row.updated_at,
    ...(row.unconfirmed !== 0 && { unconfirmed: true as const }),
  };
}

/** The released object of a row. Throws an OperationalError when the row was altered by hand. */
export function fromReleasedRow(row: Pick<OwnedObjectRow, "address" | "applied">): ReleasedObject {
  return { address: readAddress(row.address).address, applied: readOrNull(row.applied, row.address, isJsonObject) };
}

/** A journal entry as a row that was not sent yet; the target's columns, the place, the id and the number are the caller's. */
export function toIntentRow(entry: JournalEntry): Omit<WithoutKey<JournalEntryRow>, "id" | "seq"> {
  return {
    run_id: entry.run_id,
    step_id: entry.step_id,
    address: entry.address,
    physical_name: entry.physical_name,
    op: entry.op,
    phase: entry.phase,
    body: entry.body === null ? null : JSON.stringify(entry.body),
    at: entry.at,
    wrote: entry.wrote === null ? null : JSON.stringify(entry.wrote),
    status: "intent",
    message: null,
    sent_at: null,
    write_ms: null,
  };
}

/** The open intent of a row. Throws an OperationalError when the row was altered by hand. */
export function fromIntentRow(row: JournalEntryRow): OpenIntent {
  return {
    id: row.id,
    run_id: row.run_id,
    step_id: row.step_id,
    address: readAddress(row.address).address,
    physical_name: row.physical_name,
    op: row.op,
    phase: phaseOf(row),
    body: readOrNull(row.body, row.address, isJournalBody),
    wrote: readOrNull(row.wrote, row.address, isWrote),
    at: row.at,
    status: readStatus(row.status, row.address),
  };
}

/**
 * The write of a row that may still arrive at a moment; none where it has arrived by then, or never will. It left when the store's clock
 * said so; a time further ahead than the write may take is of a clock that was wrong then, and proves nothing.
 */
export function fromSentRow(row: JournalEntryRow, now: string): readonly UnderWay[] {
  const { sent_at, write_ms } = row;
  if (sent_at === null || write_ms === null) return [];
  // A bigint of PostgreSQL comes as text.
  const [span, elapsed] = [Number(write_ms), Date.parse(now) - Date.parse(sent_at)];
  if (Number.isNaN(elapsed)) throw new DamagedEntryError(row.address);
  if (elapsed >= span || elapsed < -span) return [];
  const over_at = new Date(Date.parse(sent_at) + span).toISOString();
  return [{ intent: fromIntentRow(row), over_at, overInMs: span - elapsed }];
}

/** The write of a row, with what is kept of it for the change log. Throws an OperationalError when the row was altered by hand. */
export function fromUnloggedRow(
  row: JournalEntryRow,
  { after, revision }: Pick<ChangeEntryRow, "after" | "revision">,
): UnloggedWrite {
  return { intent: fromIntentRow(row), after: readOrNull(after, row.address, isJsonObject), revision };
}

/** A release from before the column leaves it empty, even when it writes into tables that have it: then the step's id says it, as it does in a migration. */
function phaseOf({ phase, step_id: id, address, physical_name }: PhaseColumns): Phase | null {
  if (phase === null) return readPhase({ id, physical_name });
  const known = PHASES.find((one) => one === phase);
  if (known === undefined) throw new DamagedEntryError(address);
  return known;
}

type PhaseColumns = Pick<JournalEntryRow, "phase" | "step_id" | "address" | "physical_name">;

/** What was written by a row. Throws an OperationalError when the row was altered by hand. */
export function fromWrittenRow(row: PhaseColumns): WrittenEntry {
  const { address } = readAddress(row.address);
  return { phase: phaseOf(row), address, physical_name: row.physical_name };
}

/** What a row has written. Throws an OperationalError when the row was altered by hand. */
export function fromOwnWriteRow(
  row: PhaseColumns & Pick<JournalEntryRow, "op" | "wrote" | "sent_at">,
): readonly OwnWrite[] {
  const wrote = readOrNull(row.wrote, row.address, isWrote);
  if (wrote === null) return [];
  const { physical_name, op, sent_at } = row;
  // The time is kept until a response, or the live state, has shown that it was applied.
  const has_arrived = sent_at === null;
  const { address } = readAddress(row.address);
  return [{ ...wrote, address, physical_name, op: op as Op, phase: phaseOf(row), has_arrived }];
}

/** What was refused, of a row; none where its text was struck for what it may show. Throws an OperationalError when the row was altered by hand. */
export function fromRefusalRow(row: JournalEntryRow): readonly Refusal[] {
  const body = readOrNull(row.body, row.address, isRefusedChange);
  if (body === null) return [];
  const { id, physical_name, op, at, message } = row;
  return [{ ...body, id, address: readAddress(row.address).address, physical_name, op, at, message: message ?? "" }];
}

/** What a row says of an object at another place. Throws an OperationalError when the row was altered by hand. */
export function fromElsewhereRow({ address, place, org, endpoint, status, at }: ElsewhereRow): ObjectElsewhere {
  // What was never sent is nowhere.
  const isHalfWay = at !== null && status !== "intent";
  return {
    address: readAddress(address).address,
    // What stands on a control plane itself has no other place.
    ...(place === "" ? { place: endpoint, ...(org !== "" && { org }) } : { place }),
    ...(isHalfWay && { half_way: at }),
  };
}

type ElsewhereRow = Pick<OwnedObjectRow, "address" | "place" | "org" | "endpoint"> &
  Pick<JournalEntryRow, "status"> & {
    /** When it was journaled last; null: it is owned there. */
    readonly at: string | null;
  };

export function readAddress(text: string): Pick<OwnedObject, "address" | "kind" | "name"> {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new DamagedEntryError(text);
  const address: Address = formatAddress(parsed.kind, parsed.name);
  return { address, ...parsed };
}

function readOnRemove(text: string, address: string): OwnedObject["lifecycle"]["on_remove"] {
  if (text === "delete" || text === "orphan") return text;
  throw new DamagedEntryError(address);
}

function readStatus(text: string, address: string): OpenIntent["status"] {
  if (text === "intent" || text === "sent" || text === "unknown" || text === "restored") return text;
  throw new DamagedEntryError(address);
}

function readNames(text: string, address: string): readonly string[] {
  return readStoredJson(text, address, listOf(isText));
}

function readOrNull<Value>(text: string | null, address: string, shape: Shape<Value>): Value | null {
  return text === null ? null : readStoredJson(text, address, shape);
}

/** The result of such a write is unknown. */
export const UNSETTLED = ["intent", "sent", "unknown", "restored"];

/** Such a write was sent, or may have been, and was not refused. */
export const SENT = ["sent", "unknown", "restored", "confirmed"];
