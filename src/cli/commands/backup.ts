import { countNoun } from "../../model/text/count-noun.ts";
import { shown } from "../../report/text/shown-text.ts";
import {
  explainRestore,
  openBackup,
  readBackupFile,
  readMadeAt,
  verifyBackupFile,
} from "../../store/backup/read-backup-file.ts";
import { writeBackupFile } from "../../store/backup/write-backup-file.ts";
import { type Database, type DatabaseOptions, openDatabase } from "../../store/open-store.ts";
import { EXIT } from "../output/exit-codes.ts";
import { refuseLinkedFolder } from "../output/refuse-links.ts";
import { refuseStoreFile } from "../output/refuse-store-file.ts";
import { sayWarning, showNote } from "../output/show-result.ts";
import { refuseNoStore } from "../targets/refuse-no-store.ts";

/** Options of `poolkeeper backup`. */
export interface BackupOptions {
  readonly file: string;
  /** A folder or a `postgres://` URL. */
  readonly store: string;
}

/** Options of `poolkeeper restore`. */
export interface RestoreOptions extends BackupOptions {
  readonly force: boolean;
}

/** Writes a consistent snapshot of a store to a file. Daemons and commands may keep running. */
export async function runBackup({ file, store }: BackupOptions): Promise<number> {
  refuseNoStore(store);
  refuseLinkedFolder(file, "The backup");
  refuseStoreFile(file, "The backup", store);
  const rows = await withDatabase(store, { keepsVersion: true, warn: sayWarning }, async (database) => {
    const madeAt = await database.records.now();
    return writeBackupFile(file, database.snapshot(), madeAt);
  });
  showNote(shown`${file} holds ${countNoun(rows, "row")} of the store.\n`);
  return EXIT.ok;
}

/**
 * Fills an empty store from such a file; `force` replaces the contents of a store that is not empty. No daemon may use the store during a
 * restore.
 */
export async function runRestore({ file, store, force }: RestoreOptions): Promise<number> {
  const backup = await openBackup(file);
  await verifyBackupFile(backup);
  const restore = async (database: Database) => {
    try {
      return await database.restore(readBackupFile(backup), force);
    } catch (error) {
      throw explainRestore(error, file);
    }
  };
  const rows = await withDatabase(store, { exclusive: true, warn: sayWarning }, restore);
  const madeAt = (await readMadeAt(backup)) ?? "that";
  showNote(shown`The store holds the ${countNoun(rows, "row")} of ${file}.
Objects that were created after ${madeAt} are not owned: manifests that name them adopt them. Those whose manifests are gone stay, and poolkeeper plan lists them as "Unmanaged".\n`);
  return EXIT.ok;
}

async function withDatabase<T>(
  store: string,
  options: DatabaseOptions,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(store, options);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
