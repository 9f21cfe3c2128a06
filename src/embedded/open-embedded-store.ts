import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Generation } from "../model/objects/live.ts";
import type { FlyteadminStore } from "./flyteadmin/create-flyteadmin-model.ts";
import type { FlyteadminChange } from "./flyteadmin/flyteadmin-state.ts";
import type { Store } from "./model/create-model.ts";
import type { Change } from "./state/state.ts";

/** The identity of a data folder: it is opened only for the organization and generation that it was created for. */
export interface StoreIdentity {
  readonly org: string;
  readonly generation: Generation;
}

/** The state of a control plane and, beside it, that of its flyteadmin. */
export interface EmbeddedStore extends Store {
  readonly flyteadmin: FlyteadminStore;
}

const SCHEMA = `
  create table if not exists identity (org text not null, generation text not null);
  create table if not exists records (
    kind text not null, name text not null, record text not null, primary key (kind, name)
  ) without rowid;
  create table if not exists flyteadmin_records (
    kind text not null, name text not null, record text not null, primary key (kind, name)
  ) without rowid;

  -- Folders from before settings were served hold the default queue of a scope alone.
  update records set record = json_object(
    'scope', name, 'version', 1, 'values', json_object('run.default_queue', record ->> 'default_queue')
  ) where kind = 'setting' and record -> 'values' is null;`;

/**
 * Opens the data folder of a control plane, and creates it if missing. A commit is on disk when it returns (SQLite, WAL,
 * synchronous=FULL), so a kill at any moment loses no acknowledged write. One process at a time can open the folder.
 * Throws an OperationalError: `store_locked` when another process has it, `store_mismatch` when it belongs to another
 * organization or generation, `store_unreadable` otherwise.
 */
export function openStore(folder: string, identity: StoreIdentity): EmbeddedStore {
  const database = openDatabase(folder);
  try {
    claimIdentity(database, folder, identity);
    return {
      records: loadRecords<Change>(database, "records"),
      commit: createCommit<Change>(database, "records"),
      flyteadmin: {
        records: loadRecords<FlyteadminChange>(database, "flyteadmin_records"),
        commit: createCommit<FlyteadminChange>(database, "flyteadmin_records"),
      },
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openDatabase(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true });
    const database = new DatabaseSync(join(folder, "control-plane.sqlite"));
    // The exclusive lock is taken by the first write; the schema, in a transaction of its own, is that write.
    database.exec("pragma locking_mode=exclusive; pragma journal_mode=wal; pragma synchronous=full");
    database.exec(`begin immediate; ${SCHEMA} commit`);
    return database;
  } catch (cause) {
    throw explainFailure(folder, cause);
  }
}

const SQLITE_BUSY = 5;

function explainFailure(folder: string, cause: unknown): OperationalError {
  const locked = cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
  if (locked) {
    const message = `the data folder ${folder} is in use by another process; stop that one or name another folder`;
    return new OperationalError("store_locked", message, { next: "stop", cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `the data folder ${folder} cannot be opened: ${reason}; check the path and its rights`;
  return new OperationalError("store_unreadable", message, { next: "stop", cause });
}

function claimIdentity(database: DatabaseSync, folder: string, { org, generation }: StoreIdentity): void {
  const found = database.prepare("select org, generation from identity").get();
  if (found === undefined) {
    database.prepare("insert into identity (org, generation) values (?, ?)").run(org, generation);
  } else if (found.org !== org || found.generation !== generation) {
    throw new OperationalError(
      "store_mismatch",
      `the data folder ${folder} holds organization ${found.org} of generation ${found.generation}, not ${org} of ${generation}; name another folder`,
      { next: "stop" },
    );
  }
}

type RecordTable = "records" | "flyteadmin_records";

function loadRecords<C extends Change | FlyteadminChange>(database: DatabaseSync, table: RecordTable): readonly C[] {
  const rows = database.prepare(`select kind, name, record from ${table} order by kind, name`).all();
  // The rows were written by `commit` below, from changes.
  return rows.map((row) => ({ table: row.kind, key: row.name, record: JSON.parse(String(row.record)) }) as C);
}

function createCommit<C extends Change | FlyteadminChange>(database: DatabaseSync, into: RecordTable) {
  const write = database.prepare(`insert or replace into ${into} (kind, name, record) values (?, ?, ?)`);
  const remove = database.prepare(`delete from ${into} where kind = ? and name = ?`);
  return (changes: readonly C[]) => {
    database.exec("begin immediate");
    try {
      for (const { table, key, record } of changes) {
        if (record === null) {
          remove.run(table, key);
        } else {
          write.run(table, key, JSON.stringify(record));
        }
      }
      database.exec("commit");
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  };
}
