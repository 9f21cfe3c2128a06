import { lstatSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { STORE_FILE } from "../../store/database/store-schema.ts";
import { isOpenByName } from "../../systems/files/is-open-by-name.ts";

/**
 * Refuses a file that is a symbolic link out of its folder: who pushes one to a repository would choose what a command overwrites in the
 * checkout. A link within its folder is followed, and one that leads nowhere does no harm: the file takes its place. `/dev/stdout` and
 * `/dev/fd/N` are links of the system. Throws an OperationalError `unwritable_file`, in which `what` names what is saved: `The plan`.
 */
export function refuseLinkedFile(file: string, what: string): void {
  const path = resolve(file);
  if (isOpenByName(path) || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  if (isInside(realpathSync(path), realpathSync(dirname(path)))) return;
  throw refuse(file, what, "a symbolic link that leads out of its folder", "Remove the link, or name the file itself.");
}

/**
 * Refuses a file below the working folder where a linked folder on the way leads out of that. Links on the way to the working folder, or
 * to any other folder that is named, are the user's own. Throws as {@link refuseLinkedFile}.
 */
export function refuseLinkedFolder(file: string, what: string): void {
  const folder = dirname(resolve(file));
  const working = process.cwd();
  if (!isInside(folder, working) || isOpenByName(file)) return;
  if (isInside(realpathSync(findFolder(folder)), realpathSync(working))) return;
  const link = "behind a symbolic link that leads out of the working folder";
  throw refuse(file, what, link, "Remove the link, or name the folder itself.");
}

/** Refuses the folder of a store as the folder of a file that is saved, and the store's file in it. Throws as {@link refuseLinkedFile}. */
export function refuseLinkedStore(store: string): void {
  if (store.includes("://")) return;
  const file = join(store, STORE_FILE);
  refuseLinkedFolder(file, "The store");
  refuseLinkedFile(file, "The store");
}

/** The folder, or the nearest one above that is there: what is missing is an error of the write itself, or made by it. */
function findFolder(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? findFolder(dirname(folder)) : folder;
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
}

function refuse(file: string, what: string, fault: string, remedy: string): OperationalError {
  const message = `${what} can't be saved in ${file}: ${file} is ${fault}. ${remedy}`;
  return new OperationalError("unwritable_file", message, { next: "stop" });
}
