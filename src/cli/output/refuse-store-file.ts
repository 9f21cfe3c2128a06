import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { STORE_FILE, STORE_FILES } from "../../store/database/store-schema.ts";

/**
 * Refuses a file of a store as the one that a command writes, before the command reads anything: the store would be lost. That is a file with the
 * name of one in any folder with a store, also where it is missing at the moment, and any file of `store`, also by a link. Throws an
 * OperationalError `unwritable_file`, in which `what` names what is saved: `The plan`.
 */
export function refuseStoreFile(file: string, what: string, store?: string): void {
  const places = [join(realPath(dirname(resolve(file))), basename(file)), realPath(resolve(file))];
  const found = places.find(
    (place) => STORE_FILES.includes(basename(place)) && isThere(join(dirname(place), STORE_FILE)),
  );
  const folder = found === undefined ? findInStore(file, store) : dirname(found);
  if (folder === null) return;
  throw new OperationalError(
    "unwritable_file",
    `${what} can't be saved in ${file}: it is a file of the store in ${folder}, which would be lost. Nothing was written. Name another file.`,
    { next: "stop" },
  );
}

/** The folder of a store where a file is one of its own, by another name. */
function findInStore(file: string, store: string | undefined): string | null {
  const identity = identify(file);
  if (identity === null || store === undefined || store.includes("://")) return null;
  return STORE_FILES.some((name) => identify(join(store, name)) === identity) ? resolve(store) : null;
}

/** Where links lead; a path that leads nowhere is its own. */
function realPath(path: string): string {
  return isThere(path) ? realpathSync(path) : path;
}

function isThere(path: string): boolean {
  return identify(path) !== null;
}

/** Null also for what can't be looked at, as a loop of links: that is an error of the write itself. */
function identify(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
