import { statSync } from "node:fs";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { ChangeEntry, ChangeQuery, RunsQuery, RunWrites } from "../model/ledger/change-log.ts";
import type { FormerPlace } from "../model/ledger/former-place.ts";
import type { BegunWrite, Ledger, LedgerReader } from "../model/ledger/ledger.ts";
import type { OwnNames, Sealing } from "../model/secrets/sealing.ts";
import { restoreSnapshot } from "./backup/restore-snapshot.ts";
import { describeLocation } from "./database/describe-location.ts";
import { explainingErrors, explainStoreError } from "./database/explain-store-error.ts";
import { readSnapshot } from "./database/read-snapshot.ts";
import type { StoreConnection } from "./database/store-schema.ts";
import type { StoredRow } from "./database/stored-row.ts";
import { createLeaseWatch, createSqlLeases, type LeaseWatch } from "./leases/create-sql-leases.ts";
import type { LeaseRecord, Leases } from "./leases/lease.ts";
import type { MonotonicClock } from "./leases/monotonic-clock.ts";
import { readBegunWrites } from "./ledger/begun-writes.ts";
import { clearLedger, createSqlLedger, createSqlReader, settleRevisions } from "./ledger/create-sql-ledger.ts";
import { forgetPlace, listRecordsAt, type RecordThere } from "./ledger/forget-place.ts";
import type { LedgerPlaces } from "./ledger/ledger-places.ts";
import { readChanges } from "./ledger/read-changes.ts";
import { readRuns } from "./ledger/read-runs.ts";
import { settleChanges } from "./ledger/taken-clusters.ts";
import { createSqlRecords } from "./records/create-sql-records.ts";
import { MOST_KEPT_BYTES } from "./records/past-budget.ts";
import type { SensitiveOf } from "./sealing/create-sealings.ts";
import { noteSealing } from "./sealing/note-sealing.ts";
import { readVaultKey } from "./sealing/read-vault-key.ts";
import { type LedgersSealing, sealLedgers } from "./sealing/seal-ledgers.ts";
import { forgetSensitive, listSensitive, type NameThere, rememberSensitive } from "./sealing/sensitive-names.ts";

/** What is kept of one target: its ledger, and who may write to it. Written it is under a lease alone. */
export interface Store extends LedgerReader {
  readonly leases: Leases;
  /** The key of sealed values, 32 bytes: the same for everything that this store holds, and for as long as it does. */
  vaultKey(): Promise<Uint8Array>;
  /** Seals what is known of settings and Flyte's files, here and where the target was before, as {@link sealLedgers} says. Idempotent. */
  sealLedger(given: LedgersSealing): Promise<void>;
  /**
   * The ledger as the holder of a lease writes it: it changes only while no other run has the lease, which the store itself checks in the
   * same transaction. Its `close` does nothing.
   */
  under(lease: Pick<LeaseRecord, "id">): Ledger;
  /** From now on what these revisions have taken in counts as owned from before, under any lease. */
  settleRevisions(revisions: readonly string[]): Promise<void>;
  /** What was written until now is whole: nothing is left to do of the target's revision that it may need. {@link LedgerReader.readTaken} has nothing of it. */
  settleChanges(): Promise<void>;
  /** Keeps what manifests call sensitive, beside what is known: permanently, even when the manifests change. Idempotent. */
  rememberSensitive(names: OwnNames): Promise<void>;
  /** Keeps rules by which values are sealed, and names them. Idempotent. */
  noteSealing(sealing: Sealing): Promise<string>;
  /** Entries of the change log of this control plane. */
  readChanges(query: ChangeQuery): Promise<readonly ChangeEntry[]>;
  /** Which runs have written for changes that are not on record as applied yet. */
  readBegunWrites(): Promise<readonly BegunWrite[]>;
  /** The runs that wrote to this control plane, by decision, those that wrote last first. */
  readRuns(query: RunsQuery): Promise<readonly RunWrites[]>;
  /**
   * Forgets all that is owned and journaled at the places that the target has, and the change log; the counters of the log and of the leases
   * continue.
   */
  clear(): Promise<void>;
}

/** How a store is opened. */
export interface StoreOptions {
  /** The time in milliseconds since 1970, for a directory. Default: the machine's clock. Tests replace it. */
  readonly now?: () => number;
  /** The clock by which leases of others are watched. Default: the machine's. Tests replace it. */
  readonly clock?: MonotonicClock;
  /** Called with a warning about the store's files, its room, or its upgrade, after which the store continues. Default: nothing is shown. */
  readonly warn?: (warning: string) => void;
}

/** How a store is opened for a daemon. */
export interface DatabaseOptions extends StoreOptions {
  /**
   * A directory belongs to one daemon at a time: a second one that asks for it is refused. What opens it without asking, as
   * every command does, is not. A database is for several daemons: there it means nothing. Default: false.
   */
  readonly exclusive?: boolean;
  /**
   * A daemon that is there already is replaced by the caller: an older store is upgraded immediately. Any other use leaves a store as it is while a daemon
   * of an earlier release is running on it, and throws `store_not_upgraded`. Default: false.
   */
  readonly isDaemon?: boolean;
  /** An older store is not upgraded, and `store_not_upgraded` is thrown: for a backup, which that release alone could use. Default: false. */
  readonly keepsVersion?: boolean;
  /** How many bytes a target's plans take at most, as many its passes, its reviews, and what an author's requests have shown. Default: {@link MOST_KEPT_BYTES}. */
  readonly mostKeptBytes?: number;
  /** As `PostgresOptions.readUrl`. */
  readonly readUrl?: () => string;
  /**
   * The operator's patterns of what is sensitive in a target now: what was sealed by fewer is not read. Null: it is read as it is. Default: null.
   */
  readonly sensitiveOf?: SensitiveOf;
}

/** An open store, for all that is kept in it over one connection. */
export interface Database {
  /** Where it is, for messages: without user, password and parameters. */
  readonly place: string;
  /** What is kept of one target; its `close` does nothing, since the connection is everybody's. */
  storeOf(target: LedgerPlaces): Store;
  /** Who does a job of the daemon, by its name: another lease than the one to write, which commands take too. */
  jobLeases(name: string): Leases;
  /** What a daemon keeps beside. */
  readonly records: DaemonRecords;
  /** Everything but the leases, as it is at one moment; nothing else may be asked until the last row was read. */
  snapshot(): AsyncIterable<StoredRow>;
  /** Puts a snapshot in place of all that the store holds, as {@link restoreSnapshot} says; gives the number of rows. */
  restore(rows: AsyncIterable<StoredRow>, force: boolean): Promise<number>;
  /** As `forget-place.ts` has them: what is on record at a flyteadmin or a place of delivery, and the end of it. */
  listRecordsAt(place: FormerPlace): Promise<readonly RecordThere[]>;
  forgetPlace(place: FormerPlace): Promise<void>;
  /** As `sensitive-names.ts` has them: where a name of sensitive values is on record, and the end of it. */
  listSensitive(name: string): Promise<readonly NameThere[]>;
  forgetSensitive(name: string): Promise<void>;
  /** Closes files and connections; nothing of it can be used any more. */
  close(): Promise<void>;
}

/**
 * Opens the store at `location`: a directory, made when it is missing (SQLite), or a `postgres://` URL. The tables are brought
 * up to date. Several processes may have one store open. Its times are judged by one clock: the database's, or with a
 * directory that of the machine. Throws an OperationalError when the location is neither or can't be used, and `store_in_use`
 * when another daemon has the directory; no message shows a URL's secrets.
 */
export async function openDatabase(location: string, options: DatabaseOptions = {}): Promise<Database> {
  try {
    const release = options.exclusive === true ? await claim(location) : () => {};
    const connection = await connect(location, options).catch((error: unknown) => {
      release();
      throw error;
    });
    const { mostKeptBytes = MOST_KEPT_BYTES, warn = () => {} } = options;
    const explaining = explainingErrors(connection.place);
    const watch = createLeaseWatch(options.clock);
    return {
      place: connection.place,
      storeOf: (target) => createStore(connection, target, watch),
      jobLeases: (name) => createSqlLeases(connection, { kind: "job", name }, watch),
      records: createSqlRecords({ ...connection, mostKeptBytes, warn }, options.sensitiveOf ?? (() => null)),
      snapshot: () => readSnapshot(connection),
      restore: (rows, force) => explaining(() => restoreSnapshot(connection, rows, force)),
      listRecordsAt: (at) => explaining(() => listRecordsAt(connection, at)),
      forgetPlace: (at) => explaining(() => forgetPlace(connection, at)),
      listSensitive: (name) => explaining(() => listSensitive(connection, name)),
      forgetSensitive: (name) => explaining(() => forgetSensitive(connection, name)),
      close: () => explaining(() => connection.close().finally(release)),
    };
  } catch (error) {
    throw explainStoreError(error, describeLocation(location));
  }
}

/** Opens what is kept of one target (org and canonical endpoint), as {@link openDatabase} does; its `close` closes all. */
export async function openStore(location: string, target: LedgerPlaces, options: StoreOptions = {}): Promise<Store> {
  const database = await openDatabase(location, options);
  return { ...database.storeOf(target), close: () => database.close() };
}

function createStore(connection: StoreConnection, target: LedgerPlaces, watch: LeaseWatch): Store {
  return {
    ...createSqlReader(connection, target),
    settleRevisions: (revisions) => settleRevisions(connection, target, revisions),
    settleChanges: () => explainingErrors(connection.place)(() => settleChanges(connection, target)),
    leases: createSqlLeases(connection, { ...target, kind: "control_plane" }, watch),
    vaultKey: () => explainingErrors(connection.place)(() => readVaultKey(connection)),
    sealLedger: (given) => explainingErrors(connection.place)(() => sealLedgers(connection, target, given)),
    rememberSensitive: (names) =>
      explainingErrors(connection.place)(() => rememberSensitive(connection, target, names)),
    noteSealing: (sealing) => explainingErrors(connection.place)(() => noteSealing(connection, sealing)),
    readChanges: (query) => explainingErrors(connection.place)(() => readChanges(connection, target, query)),
    readBegunWrites: () => explainingErrors(connection.place)(() => readBegunWrites(connection, target)),
    readRuns: (query) => explainingErrors(connection.place)(() => readRuns(connection, target, query)),
    under: ({ id }) => ({ ...createSqlLedger(connection, target, id), close: async () => {} }),
    clear: () => explainingErrors(connection.place)(() => clearLedger(connection, target)),
    close: async () => {},
  };
}

/** Returns what releases the claim. */
async function claim(location: string): Promise<() => void> {
  if (isDatabase(location)) return () => {};
  refuseOtherThanDirectory(location);
  const { claimDirectory } = await import("./leases/claim-directory.ts");
  return claimDirectory(location);
}

let sqlite: Promise<typeof import("./database/connect-sqlite.ts")> | undefined;

/**
 * Each database's driver is loaded only when it is used: a command's start is quick without them. The one that needs no server is opened often,
 * and is asked for once: the loader resolves each import again.
 */
async function connect(location: string, options: DatabaseOptions): Promise<StoreConnection> {
  const { now = Date.now, isDaemon = false, keepsVersion = false, readUrl, warn = () => {} } = options;
  if (isDatabase(location)) {
    const { connectPostgres } = await import("./database/connect-postgres.ts");
    return connectPostgres(location, { isDaemon, keepsVersion, readUrl, warn });
  }
  refuseOtherThanDirectory(location);
  sqlite ??= import("./database/connect-sqlite.ts");
  const { connectSqlite } = await sqlite;
  return connectSqlite(location, now, isDaemon, warn, keepsVersion);
}

function isDatabase(location: string): boolean {
  return /^postgres(ql)?:\/\//.test(location);
}

function refuseOtherThanDirectory(location: string): void {
  const isOther =
    location === "" ||
    location.includes("://") ||
    statSync(location, { throwIfNoEntry: false })?.isDirectory() === false;
  if (!isOther) return;
  throw new OperationalError(
    "store_location",
    `A store is a directory or a postgres:// URL; "${describeLocation(location)}" is neither.`,
    { next: "stop" },
  );
}
