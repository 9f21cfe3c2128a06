import { statSync } from "node:fs";
import type { Ledger } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import { createSqlLedger, type LedgerTarget } from "./create-sql-ledger.ts";
import { describeLocation } from "./describe-location.ts";
import { explainStoreError } from "./explain-store-error.ts";
import type { StoreConnection } from "./store-schema.ts";

/** What tests may replace. */
export interface StoreOptions {
  /** The time in milliseconds since 1970, for leases. Default: the machine's clock. */
  readonly now?: () => number;
}

/**
 * Opens the ledger of one target (org and canonical endpoint) in the store at `location`: a directory, made when it is
 * missing (SQLite), or a `postgres://` URL. The tables are brought up to date. Several processes may have one store open.
 * Processes that share it over a network are expected to have clocks that differ by less than a lease's time.
 * Throws an OperationalError when the location is neither or can't be used; no message shows a URL's secrets.
 */
export async function openStore(location: string, target: LedgerTarget, options: StoreOptions = {}): Promise<Ledger> {
  try {
    return createSqlLedger(await connect(location), target, options.now ?? Date.now);
  } catch (error) {
    throw explainStoreError(error, describeLocation(location));
  }
}

/** Each database's driver is loaded only when it is used: a command's start is quick without them. */
async function connect(location: string): Promise<StoreConnection> {
  if (/^postgres(ql)?:\/\//.test(location)) {
    const { connectPostgres } = await import("./connect-postgres.ts");
    return connectPostgres(location);
  }
  refuseOtherThanDirectory(location);
  const { connectSqlite } = await import("./connect-sqlite.ts");
  return connectSqlite(location);
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
