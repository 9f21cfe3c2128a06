import { OperationalError } from "../../model/errors/operational-error.ts";
import { LARGEST_TEXTS } from "../../model/largest-texts.ts";

/** Largest file that is read from an output, in bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** Most files, and folders, of an output that are read at a time: a few for each of a thousand clusters. */
export const MOST_FILES = 10_000;
/** Most bytes of a list of so many files: paths of 400 characters. */
export const LARGEST_LIST: number = MOST_FILES * 500;

/**
 * A check to call with each file, and each folder, of an output before any is read. Throws `delivery_unreadable` where a file, all of them or their number
 * is too large: what others put in the place of a delivered file is read too, and one text can stand under many names.
 */
export function limitOutput(): (file: { readonly path: string; readonly size: number }) => void {
  let [files, bytes] = [0, 0];
  return ({ path, size }) => {
    if (size > LARGEST_FILE) throw tooLarge(path);
    files += 1;
    bytes += size;
    if (files > MOST_FILES || bytes > LARGEST_TEXTS) throw tooMany(path);
  };
}

/** The error of an output that has more in the place of what is delivered than is read; `path` is where the reading stopped. */
export function tooMany(path: string): OperationalError {
  return new OperationalError(
    "delivery_unreadable",
    `The output has more than ${MOST_FILES} files or ${Math.floor(LARGEST_TEXTS / 1_000_000)} MB where poolkeeper delivers, so it was not read beyond ${path}. Remove what does not belong there, or deliver to another folder.`,
    { next: "stop" },
  );
}

/** Reads bytes as a text file of an output; refuses what is too large or no UTF-8. */
export function decodeText(bytes: Uint8Array, path: string): string {
  if (bytes.byteLength > LARGEST_FILE) throw tooLarge(path);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw notText(path, cause);
  }
}

/** The error of a file that is no UTF-8 text. */
export function notText(path: string, cause?: unknown): OperationalError {
  return new OperationalError(
    "delivery_unreadable",
    `${path} in the output is not UTF-8 text, so poolkeeper did not write it. Move it away, or deliver to another folder.`,
    { next: "stop", cause },
  );
}

/** The error of a file that is larger than any of ours. */
function tooLarge(path: string): OperationalError {
  return new OperationalError(
    "delivery_unreadable",
    `${path} in the output is larger than ${LARGEST_FILE / 1024 / 1024} MB, so poolkeeper did not write it. Move it away, or deliver to another folder.`,
    { next: "stop" },
  );
}

/** Turns what the file system throws into an OperationalError that names the path. An OperationalError is returned as it is. */
export function explainFileError(error: unknown, path: string): OperationalError {
  if (error instanceof OperationalError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new OperationalError(
    "delivery_failed",
    `The output at ${path} can't be used: ${reason}. Check that it exists and that you can read and write it.`,
    { next: "stop", cause: error },
  );
}
