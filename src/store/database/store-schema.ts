import type { AliasableExpression, Compilable, Kysely } from "kysely";
import type { NumberedRow } from "./next-seq.ts";
import type { RecordTables } from "./record-tables.ts";

/** The file that a store keeps in its directory. */
export const STORE_FILE = "poolkeeper.sqlite";

/** An empty SQLite file there: a daemon has its lock. */
export const LOCK_FILE = "daemon.lock";

/** Who has the lock, for people. */
export const HOLDER_FILE = "daemon.json";

/** All files that a store has in its directory, some of them only while it is open. */
export const STORE_FILES: readonly string[] = [
  STORE_FILE,
  `${STORE_FILE}-wal`,
  `${STORE_FILE}-shm`,
  LOCK_FILE,
  HOLDER_FILE,
];

/** Whose ledger and lease it is: the control plane by its canonical URL, and the org there. */
export interface LedgerTarget {
  readonly org: string;
  readonly endpoint: string;
}

/** Every table is keyed by its target first: one store serves several. What is owned: one row for each target, place and address. JSON is text, truth is 0 or 1, times are ISO 8601. */
export interface OwnedObjectRow extends LedgerTarget {
  /** The flyteadmin or the place of delivery where it stands; "": the control plane itself, or unknown. */
  readonly place: string;
  /** Kind and logical name are read from it. */
  readonly address: string;
  readonly physical_name: string;
  readonly previous_names: string;
  /** Null: none, or unknown, as in records of an earlier release. */
  readonly left_names: string | null;
  readonly prevent_destroy: number;
  readonly on_remove: string;
  readonly applied: string | null;
  readonly manifest: string | null;
  /** The revision that took it in and is not applied in full yet. */
  readonly revision: string | null;
  readonly updated_at: string;
  /** 1: it was released and stays as it is; only what was sealed of it counts. */
  readonly released: number;
  /** 1: it comes out of a restored backup, and no run has recorded it since. */
  readonly unconfirmed: number;
}

/** One write of one run, from intent to outcome. */
export interface JournalEntryRow extends LedgerTarget, NumberedRow {
  /** As that of what is owned. */
  readonly place: string;
  readonly id: string;
  readonly run_id: string;
  readonly step_id: string;
  readonly address: string;
  readonly physical_name: string;
  readonly op: string;
  /** The step's phase; null: it has none, or a release from before the column has written the row. */
  readonly phase: string | null;
  readonly body: string | null;
  readonly at: string;
  /** What it set, until the change that it is for is on record as applied; null from then on. */
  readonly wrote: string | null;
  readonly status: string;
  readonly message: string | null;
  /** When it left last, and for how long it may be on its way from then, in milliseconds; null: it never left, or it arrived. */
  readonly sent_at: string | null;
  readonly write_ms: number | null;
}

/** One write, from its intent on; in the change log once it has a `seq`. JSON: `before`, `after`, `overrides`. */
export interface ChangeEntryRow extends LedgerTarget {
  /** As that of what is owned. */
  readonly place: string;
  /** That of its journal entry. */
  readonly id: string;
  readonly seq: number | null;
  readonly at: string;
  readonly run_id: string;
  readonly step_id: string;
  readonly address: string;
  readonly kind: string;
  readonly physical_name: string;
  readonly op: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly origin: string;
  readonly revision: string | null;
  readonly digest: string;
  readonly target: string | null;
  readonly via: string;
  readonly decided_by: string;
  readonly by: string;
  readonly approval: string | null;
  readonly overrides: string;
  /** Null: how it ended is not known yet. */
  readonly result: string | null;
  /** The id of the rules by which its values are sealed; "": it has none that may be sensitive. */
  readonly sealed_by: string;
}

/**
 * The number of the last entry of a control plane's change log, or what those of new ones begin after. A transaction that changes it has
 * that log to itself until it ends.
 */
export interface ChangeCountRow extends LedgerTarget {
  readonly last: number;
}

/** The last lease of each target: who may write to it, and until when. */
export interface WriterLeaseRow extends LedgerTarget {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly machine: string | null;
  readonly started: string | null;
  readonly fencing_number: number;
  readonly acquired_at: string;
  readonly expires_at: string;
  readonly free_at: string;
  /** How long after its last renewal another one may have it, in milliseconds. */
  readonly lasts_ms: number;
  readonly released: number;
}

/** The key of sealed values, 64 hex digits: one row with the id 1. */
export interface VaultKeyRow {
  readonly id: number;
  readonly key: string;
}

/**
 * The rules by which all of a ledger is sealed for a target, a `Sealing` as JSON; with `org` and `endpoint` empty those by which texts of the
 * target itself are. No row: not known.
 */
export interface SealedKeptRow extends LedgerTarget {
  readonly target: string;
  readonly rules: string;
}

/** Up to which number of a control plane's change log all that a daemon wrote is whole: nothing was left to do of its target's revision. */
export interface SettledChangeRow extends LedgerTarget {
  readonly seq: number;
}

/** What a manifest that was applied called sensitive: a pattern, or behind `=` a path. Kept permanently. */
export interface SensitiveNameRow extends LedgerTarget {
  /** As `subjectOf` says; `*`, with that as the name: everything is sensitive. */
  readonly subject: string;
  readonly name: string;
}

/** The tables of ledger, lease and daemon, the same in SQLite and PostgreSQL. */
export interface StoreTables extends RecordTables {
  readonly owned_object: OwnedObjectRow;
  readonly journal_entry: JournalEntryRow;
  readonly change_entry: ChangeEntryRow;
  readonly change_count: ChangeCountRow;
  readonly settled_change: SettledChangeRow;
  readonly lease: WriterLeaseRow;
  readonly vault_key: VaultKeyRow;
  readonly sealed_kept: SealedKeptRow;
  readonly sensitive_name: SensitiveNameRow;
}

/** The statements of one transaction: yields each, and is given how many rows it changed. What it throws undoes all of them. */
export type Statements<Result> = Generator<Compilable, Result, number>;

/** An open store whose tables are up to date, over either database. */
export interface StoreConnection {
  readonly db: Kysely<StoreTables>;
  /** The same without a limit on how long a statement may take: for backups and restores, which grow with the store. */
  readonly patient: Kysely<StoreTables>;
  /** Where it is, for messages: without user, password and parameters. */
  readonly place: string;
  /** Whether several daemons may have it open. Otherwise the lock of its directory says whether one has. */
  readonly isShared: boolean;
  /** The time by the store's clock so many milliseconds from now, as text like every time here. */
  readonly time: (afterMs: number) => AliasableExpression<string>;
  /** Runs statements in one transaction: all of them, durable when it resolves, or none. */
  readonly transact: <Result>(statements: () => Statements<Result>) => Promise<Result>;
  /** Takes what was deleted or replaced out of the files too; nothing where the database does so by itself. */
  compact(): Promise<void>;
  /** Closes files and connections. */
  close(): Promise<void>;
}
