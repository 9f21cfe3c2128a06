import { OperationalError } from "../model/operational-error.ts";

/**
 * The tables in SQL that SQLite and PostgreSQL both speak: JSON and times (ISO 8601) as text, truth as 0 or 1, the target
 * first in every key. In order, for ever: what was released is never changed. A migration's version is its place, from 1.
 */
const MIGRATIONS: readonly string[] = [
  `create table owned_object (
    org text not null,
    endpoint text not null,
    address text not null,
    physical_name text not null,
    previous_names text not null,
    prevent_destroy integer not null,
    on_remove text not null,
    applied text,
    updated_at text not null,
    primary key (org, endpoint, address)
  );
  create table journal_entry (
    id text primary key,
    org text not null,
    endpoint text not null,
    run_id text not null,
    step_id text not null,
    address text not null,
    physical_name text not null,
    op text not null,
    body text,
    at text not null,
    status text not null,
    message text
  );
  create index journal_entry_status on journal_entry (org, endpoint, status);
  create table writer_lease (
    org text not null,
    endpoint text not null,
    holder text not null,
    expires_at text not null,
    primary key (org, endpoint)
  );`,
  // Nothing had taken a lease before.
  `drop table writer_lease;
  create table writer_lease (
    org text not null,
    endpoint text not null,
    id text not null,
    host text not null,
    pid integer not null,
    machine text,
    started text,
    fencing_number integer not null,
    acquired_at text not null,
    expires_at text not null,
    released integer not null,
    primary key (org, endpoint)
  );`,
];

/** Makes the table of versions where it is missing; run before {@link READ_VERSION}. */
export const PREPARE_VERSIONS = "create table if not exists store_migration (version integer primary key)";
/** One row whose `version` is the newest that was run, 0 in a new store. */
export const READ_VERSION = "select coalesce(max(version), 0) as version from store_migration";

/**
 * The statements that bring a store of a version up to date; none when it is. They are to run in the transaction that read
 * the version, one process at a time. Throws an OperationalError when a newer poolkeeper wrote the store at `place`.
 */
export function listMissingMigrations(version: number, place: string): readonly string[] {
  if (version > MIGRATIONS.length) {
    throw new OperationalError(
      "store_too_new",
      `The store at ${place} has version ${version} and this poolkeeper knows ${MIGRATIONS.length}: a newer poolkeeper has written it. Use that release, or another store.`,
      { next: "stop" },
    );
  }
  return MIGRATIONS.flatMap((statements, index) =>
    index < version ? [] : [statements, `insert into store_migration (version) values (${index + 1})`],
  );
}
