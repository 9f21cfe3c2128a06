import { existsSync } from "node:fs";
import { join } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { STORE_FILE } from "../../store/database/store-schema.ts";

/** Throws an OperationalError `no_store` where a folder holds none: to open it would make an empty one. */
export function refuseNoStore(store: string): void {
  if (store.includes("://") || existsSync(join(store, STORE_FILE))) return;
  throw new OperationalError("no_store", `There is no store in ${store}: nothing was written.`, { next: "stop" });
}
