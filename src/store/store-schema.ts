import type { Kysely } from "kysely";

/** Every table is keyed by its target first: one store serves several targets. */
interface TargetKey {
  readonly org: string;
  readonly endpoint: string;
}

/** What is owned: one row for each target and address. JSON is text, truth is 0 or 1, times are ISO 8601. */
export interface OwnedObjectRow extends TargetKey {
  /** Kind and logical name are read from it. */
  readonly address: string;
  readonly physical_name: string;
  readonly previous_names: string;
  readonly prevent_destroy: number;
  readonly on_remove: string;
  readonly applied: string | null;
  readonly updated_at: string;
}

/** One write of one run, from intent to outcome. */
export interface JournalEntryRow extends TargetKey {
  readonly id: string;
  readonly run_id: string;
  readonly step_id: string;
  readonly address: string;
  readonly physical_name: string;
  readonly op: string;
  readonly body: string | null;
  readonly at: string;
  readonly status: string;
  readonly message: string | null;
}

/** Who may write to a target, and until when. */
export interface WriterLeaseRow extends TargetKey {
  readonly holder: string;
  readonly expires_at: string;
}

/** The tables of the ledger, the same in SQLite and PostgreSQL. */
export interface StoreTables {
  readonly owned_object: OwnedObjectRow;
  readonly journal_entry: JournalEntryRow;
  readonly writer_lease: WriterLeaseRow;
}

/** An open store whose tables are up to date, whichever database is behind it. */
export interface StoreConnection {
  readonly db: Kysely<StoreTables>;
  /** Where it is, for messages: without user, password and parameters. */
  readonly place: string;
  /** Closes files and connections. */
  close(): Promise<void>;
}
