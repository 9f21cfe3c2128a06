import { STORE_VERSION } from "../database/migrations.ts";

/**
 * How a backup begins: what it is, how its lines are to be read, and the version of the store whose rows they are. Since format 2 its
 * end has a SHA-256 over all lines before.
 */
export const BACKUP_FORMAT = {
  format: "poolkeeper-backup",
  format_version: 2,
  store_version: STORE_VERSION,
} as const;
