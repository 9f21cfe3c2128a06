import { STORE_VERSION } from "../migrations.ts";

/** How a backup begins: what it is, how its lines are to be read, and the version of the store whose rows they are. */
export const BACKUP_FORMAT = {
  format: "poolkeeper-backup",
  format_version: 1,
  store_version: STORE_VERSION,
} as const;
