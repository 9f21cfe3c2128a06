import { statSync } from "node:fs";
import type { Ledger } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import { createSqlLeases } from "./create-sql-leases.ts";
import { clearLedger, createSqlLedger } from "./create-sql-ledger.ts";
import { describeLocation } from "./describe-location.ts";
import { explainingErrors, explainStoreError } from "./explain-store-error.ts";
import type { Leases } from "./lease.ts";
import type { LedgerTarget, StoreConnection } from "./store-schema.ts";

/** What is kept of one target: its ledger, and who may write to it. */
export interface Store extends Ledger {
  readonly leases: Leases;
  /** Forgets all that is owned and journaled; the count of the leases goes on. */
  clear(): Promise<void>;
}

/** What tests may replace. */
export interface StoreOptions {
  /** The time in milliseconds since 1970, for leases in a directory. Default: the machine's clock. */
  readonly now?: () => number;
}

/**
 * Opens what is kept of one target (org and canonical endpoint) in the store at `location`: a directory, made when it is
 * missing (SQLite), or a `postgres://` URL. The tables are brought up to date. Several processes may have one store open.
 * Leases are judged by one clock: the database's, or with a directory that of the machine.
 * Throws an OperationalError when the location is neither or can't be used; no message shows a URL's secrets.
 */
export async function openStore(location: string, target: LedgerTarget, options: StoreOptions = {}): Promise<Store> {
  try {
    const connection = await connect(location, options.now ?? Date.now);
    return {
      ...createSqlLedger(connection, target),
      leases: createSqlLeases(connection, target),
      clear: () => explainingErrors(connection.place)(() => clearLedger(connection, target)),
    };
  } catch (error) {
    throw explainStoreError(error, describeLocation(location));
  }
}

/** Each database's driver is loaded only when it is used: a command's start is quick without them. */
async function connect(location: string, now: () => number): Promise<StoreConnection> {
  if (/^postgres(ql)?:\/\//.test(location)) {
    const { connectPostgres } = await import("./connect-postgres.ts");
    return connectPostgres(location);
  }
  refuseOtherThanDirectory(location);
  const { connectSqlite } = await import("./connect-sqlite.ts");
  return connectSqlite(location, now);
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
