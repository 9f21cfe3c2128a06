import { randomUUID } from "node:crypto";
import type { AliasableExpression, Compilable, Kysely, Updateable } from "kysely";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ChangeResult, IntendedChange } from "../../model/ledger/change-log.ts";
import type {
  JournalEntry,
  LastWrites,
  Ledger,
  LedgerReader,
  Outcome,
  RefusedEntry,
  UnderWay,
  UnloggedWrite,
  WrittenEntry,
} from "../../model/ledger/ledger.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { nextSeq } from "../database/next-seq.ts";
import type {
  JournalEntryRow,
  LedgerTarget,
  Statements,
  StoreConnection,
  StoreTables,
} from "../database/store-schema.ts";
import { leaseLost } from "../leases/lease-state.ts";
import { readSensitive } from "../sealing/sensitive-names.ts";
import { readDeleted } from "./deleted-objects.ts";
import { dropFormerBodies } from "./former-bodies.ts";
import { adoptUnplaced, type LedgerPlaces, listPlacesHere, placeOf } from "./ledger-places.ts";
import {
  fromIntentRow,
  fromOwnWriteRow,
  fromRefusalRow,
  fromSentRow,
  fromUnloggedRow,
  fromWrittenRow,
  toIntentRow,
  UNSETTLED,
} from "./ledger-rows.ts";
import { type ChangePlace, dropChange, keepChange, logChange } from "./log-change.ts";
import { moveOwned, recordInPlaceOf } from "./move-owned.ts";
import { readElsewhere } from "./objects-elsewhere.ts";
import {
  forgetOwned,
  type Here,
  hereOf,
  readOwned,
  readReleased,
  recordOwned,
  releaseOwned,
  settleOwned,
} from "./owned-objects.ts";
import { readRoutingWrites } from "./routing-writes.ts";
import { readTaken } from "./taken-clusters.ts";
import { readTurned } from "./turned-settings.ts";

type Db = Kysely<StoreTables>;

/**
 * The ledger of one target over SQL that SQLite and PostgreSQL both speak. What is of another flyteadmin or place of delivery than the target
 * has now does not count. Who closes it is the caller's.
 */
export function createSqlReader(connection: StoreConnection, target: LedgerPlaces): Omit<LedgerReader, "close"> {
  return readLedger(connection, target, openPlace(connection, target));
}

/**
 * The same to write, each call one transaction. What is of another flyteadmin or place of delivery does not change. Every
 * change is made only while `lease`, the id of one, is the target's last and was not given back; else it throws an OperationalError `lease_lost`.
 */
export function createSqlLedger(
  connection: StoreConnection,
  target: LedgerPlaces,
  lease: string,
): Omit<Ledger, "close"> {
  const { db } = connection;
  const key = { org: target.org, endpoint: target.endpoint };
  const open = openPlace(connection, target);
  const here = hereOf(target);
  const write = <Result>(statements: () => Statements<Result>) =>
    open(() => connection.transact(() => underLease(db, key, lease, statements)));
  return {
    ...readLedger(connection, target, open),
    recordOwned: (object, ended = []) => write(() => recordInPlaceOf(db, target, object, ended)),
    recordAllOwned: async (objects) => {
      if (objects.length > 0) await write(() => recordOwned(db, target, objects));
    },
    moveOwned: async (moves) => {
      if (moves.length > 0) await write(() => moveOwned(db, target, moves));
    },
    settleOwned: async (revisions) => {
      if (revisions.length > 0) await write(() => settleOwned(db, here, revisions));
    },
    forgetOwned: (address) => write(() => once(forgetOwned(db, here, address))),
    releaseOwned: (address) => write(() => once(releaseOwned(db, here, address))),
    recordIntent: (entry, change = null) => {
      const id = randomUUID();
      return write(() => recordIntent(db, { key, id }, { target, entry, change }));
    },
    recordSent: (id, write_ms) =>
      // The time is that of the try which has the lock, not of the wait for it.
      write(() =>
        changeEntry(db, { key, id }, { status: "sent", message: null, sent_at: connection.time(0), write_ms }),
      ),
    recordOutcome: (id, outcome, message) => write(() => recordOutcome(db, { key, id }, outcome, message)),
    recordChange: (id, result) => write(() => recordChange(db, { key, id }, result)),
    replaceBody: (id, body) => write(() => changeEntry(db, { key, id }, { body: JSON.stringify(body) })),
    closeIntent: (id, message) => write(() => closeIntent(db, { key, id }, message)),
    settleOwnWrites: (address) => write(() => once(settleOwnWrites(db, here, address))),
    recordRefusal: (entry) => {
      const id = randomUUID();
      return write(() => recordRefusal(db, { key, id }, target, entry));
    },
    endRefusal: (id) => write(() => changeEntry(db, { key, id }, { status: "failed" })),
  };
}

/** Like {@link Ledger.settleOwned}, under any lease: that a revision was applied in full stays true. */
export function settleRevisions(
  connection: StoreConnection,
  target: LedgerPlaces,
  revisions: readonly string[],
): Promise<void> {
  const statements = () => settleOwned(connection.db, hereOf(target), revisions);
  return openPlace(
    connection,
    target,
  )(async () => {
    if (revisions.length > 0) await connection.transact(statements);
  });
}

/** Closes an entry of an abandoned place without a lease, since no run writes there any more. */
export function closeGivenUp(
  { db, transact }: StoreConnection,
  { org, endpoint }: LedgerTarget,
  id: string,
  message: string,
): Promise<void> {
  return transact(() => closeIntent(db, { key: { org, endpoint }, id }, message));
}

/** How work on a ledger is begun: with its errors explained, and what earlier releases wrote at its place. */
type OpenPlace = <Result>(work: () => Promise<Result>) => Promise<Result>;

function openPlace(connection: StoreConnection, target: LedgerPlaces): OpenPlace {
  const explaining = explainingErrors(connection.place);
  let adopted = false;
  return (work) =>
    explaining(async () => {
      if (!adopted) await adoptUnplaced(connection, target);
      adopted = true;
      return work();
    });
}

function readLedger(connection: StoreConnection, target: LedgerPlaces, open: OpenPlace): Omit<LedgerReader, "close"> {
  const { db } = connection;
  const here = hereOf(target);
  return {
    readOwned: () => open(() => readOwned(db, here)),
    readElsewhere: (former = []) => open(() => readElsewhere(db, here, former)),
    readReleased: (former = []) => open(() => readReleased(db, here, former)),
    readSensitive: (former = []) => open(() => readSensitive({ db }, [here, ...former])),
    readDeleted: () => open(() => readDeleted(db, here)),
    readWritten: (run_id) => open(() => readWritten(db, here, run_id)),
    readLastWrites: () => open(() => readLastWrites(db, here)),
    readOwnWrites: () => open(() => readOwnWrites(db, here)),
    readTaken: () => open(() => readTaken(db, here, selectOwnWrites(db, here).clearOrderBy())),
    readTurned: () => open(() => readTurned(db, here, selectOwnWrites(db, here).clearOrderBy())),
    readRoutingWrites: () => open(() => readRoutingWrites(db, here, selectOwnWrites(db, here).clearOrderBy())),
    readOpenIntents: () => open(async () => (await selectOpen(db, here).execute()).map(fromIntentRow)),
    readUnderWay: () => open(() => readUnderWay(connection, here)),
    readUnlogged: () => open(() => readUnlogged(db, here)),
    readRefusals: () => open(() => readRefusals(db, here)),
  };
}

function* underLease<Result>(
  db: Db,
  key: LedgerTarget,
  lease: string,
  statements: () => Statements<Result>,
): Statements<Result> {
  if ((yield keepLease(db, key, lease)) === 0) throw leaseLost("another run has taken it over");
  return yield* statements();
}

function* once(statement: Compilable): Statements<void> {
  yield statement;
}

/** Changes nothing of the lease, and locks it until the transaction ends. */
function keepLease(db: Db, { org, endpoint }: LedgerTarget, id: string): Compilable {
  return db
    .updateTable("lease")
    .set({ id })
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("id", "=", id)
    .where("released", "=", 0);
}

interface Intent {
  readonly target: LedgerPlaces;
  readonly entry: JournalEntry;
  readonly change: IntendedChange | null;
}

function* recordIntent(db: Db, row: ChangePlace, { target, entry, change }: Intent): Statements<string> {
  const { key, id } = row;
  const place = placeOf(target, entry.address);
  yield db
    .insertInto("journal_entry")
    .values({ ...key, place, id, ...toIntentRow(entry), seq: nextSeq("journal_entry") });
  if (entry.body !== null) yield* dropFormerBodies(db, { key, id }, entry);
  if (change !== null) yield* keepChange(db, { ...row, place }, entry, change);
  return id;
}

/** Neither open nor over: it is reported until it ends. */
const REFUSED = "refused";

function* recordRefusal(
  db: Db,
  { key, id }: ChangePlace,
  target: LedgerPlaces,
  { message, ...entry }: RefusedEntry,
): Statements<string> {
  const row = { ...toIntentRow({ ...entry, wrote: null, phase: null }), status: REFUSED, message };
  const place = placeOf(target, entry.address);
  yield db.insertInto("journal_entry").values({ ...key, place, id, ...row, seq: nextSeq("journal_entry") });
  return id;
}

async function readRefusals(db: Db, here: Here) {
  const rows = await db
    .selectFrom("journal_entry")
    .selectAll()
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("place", "in", here.places)
    .where("status", "=", REFUSED)
    .orderBy("seq")
    .orderBy("id")
    .execute();
  return rows.flatMap(fromRefusalRow);
}

/** A write that is known to have been applied: nothing of it is in transit. */
const ARRIVED = { sent_at: null, write_ms: null } as const;

function* recordOutcome(db: Db, place: ChangePlace, outcome: Outcome, message: string | undefined): Statements<void> {
  const isThere = outcome === "confirmed" || outcome === "in_place";
  const set = isThere ? { status: "confirmed", ...ARRIVED } : { status: outcome };
  yield* changeEntry(db, place, { ...set, message: message ?? null });
  if (outcome === "confirmed") yield* logChange(db, place, "confirmed");
  if (outcome === "failed" || outcome === "in_place") yield dropChange(db, place);
}

function* recordChange(db: Db, place: ChangePlace, result: ChangeResult): Statements<void> {
  if (result !== "unanswered") yield* changeEntry(db, place, ARRIVED);
  yield* logChange(db, place, result);
}

function* closeIntent(db: Db, place: ChangePlace, message: string | undefined): Statements<void> {
  // What was never sent is no write that took effect.
  const unsent = yield db
    .updateTable("journal_entry")
    .set({ status: "failed", message: message ?? null })
    .where("id", "=", place.id)
    .where("org", "=", place.key.org)
    .where("endpoint", "=", place.key.endpoint)
    .where("status", "=", "intent");
  if (unsent === 0) yield* changeEntry(db, place, { status: "confirmed", message: message ?? null });
  yield dropChange(db, place);
}

function* changeEntry(
  db: Db,
  { key, id }: ChangePlace,
  set: Updateable<JournalEntryRow> | { readonly sent_at: AliasableExpression<string> },
): Statements<void> {
  const changed = yield db
    .updateTable("journal_entry")
    .set(set)
    .where("id", "=", id)
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint);
  if (changed > 0) return;
  throw new OperationalError(
    "store_entry_missing",
    `The store has no journal entry ${id} of ${key.org} at ${key.endpoint}: was the store replaced or restored?`,
    { next: "stop" },
  );
}

/** The entries of writes that took effect, or may have, oldest first. */
function selectEffective(db: Db, here: Here) {
  return db
    .selectFrom("journal_entry")
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("place", "in", here.places)
    .where("status", "in", ["sent", "unknown", "confirmed"])
    .orderBy("seq")
    .orderBy("id");
}

async function readWritten(db: Db, here: Here, run_id: string): Promise<readonly WrittenEntry[]> {
  const rows = await selectEffective(db, here)
    .select(["phase", "step_id", "address", "physical_name"])
    .where("run_id", "=", run_id)
    .execute();
  return rows.map(fromWrittenRow);
}

const selectOwnWrites = (db: Db, here: Here) => selectEffective(db, here).where("wrote", "is not", null);

async function readOwnWrites(db: Db, here: Here) {
  const columns = ["address", "physical_name", "op", "phase", "step_id", "wrote", "sent_at"] as const;
  return (await selectOwnWrites(db, here).select(columns).execute()).flatMap(fromOwnWriteRow);
}

function settleOwnWrites(db: Db, here: Here, address: string): Compilable {
  return (
    db
      .updateTable("journal_entry")
      .set({ wrote: null })
      .where("org", "=", here.org)
      .where("endpoint", "=", here.endpoint)
      .where("place", "in", here.places)
      .where("address", "=", address)
      .where("wrote", "is not", null)
      // Its state is reported by that entry, as long as it is open.
      .where("status", "!=", "restored")
  );
}

async function readUnderWay({ db, time }: StoreConnection, here: Here): Promise<readonly UnderWay[]> {
  const rows = await selectOpen(db, here)
    .select(time(0).as("now"))
    .where("status", "in", ["sent", "unknown"])
    .where("sent_at", "is not", null)
    .execute();
  return rows.flatMap((row) => fromSentRow(row, row.now));
}

async function readUnlogged(db: Db, here: Here): Promise<readonly UnloggedWrite[]> {
  const open = await selectOpen(db, here).where("status", "in", ["sent", "unknown"]).execute();
  if (open.length === 0) return [];
  const kept = await db
    .selectFrom("change_entry")
    .select(["id", "after", "revision"])
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("seq", "is", null)
    .execute();
  const changes = new Map(kept.map((change) => [change.id, change]));
  return open.flatMap((row) => {
    const change = changes.get(row.id);
    return change === undefined ? [] : [fromUnloggedRow(row, change)];
  });
}

function selectOpen(db: Db, here: Here) {
  return db
    .selectFrom("journal_entry")
    .selectAll()
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("place", "in", here.places)
    .where("status", "in", UNSETTLED)
    .orderBy("seq")
    .orderBy("id");
}

async function readLastWrites(db: Db, here: Here): Promise<LastWrites> {
  const rows = await db
    .selectFrom("journal_entry")
    .select(({ fn }) => ["address", fn.max("at").as("at")])
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("place", "in", here.places)
    .where("status", "not in", ["failed", REFUSED])
    .groupBy("address")
    .execute();
  return Object.fromEntries(rows.map(({ address, at }) => [address, at]));
}

/** Forgets all that is owned and journaled of a target at the places that it has now, and its change log. */
export async function clearLedger({ db }: StoreConnection, target: LedgerPlaces): Promise<void> {
  const { org, endpoint } = target;
  const places = listPlacesHere(target);
  const remove = (table: "change_entry" | "settled_change" | "journal_entry" | "owned_object") =>
    db.deleteFrom(table).where("org", "=", org).where("endpoint", "=", endpoint);
  for (const table of ["change_entry", "settled_change"] as const) await remove(table).execute();
  for (const table of ["journal_entry", "owned_object"] as const)
    await remove(table).where("place", "in", places).execute();
}
