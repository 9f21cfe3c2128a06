import { OperationalError } from "../../model/errors/operational-error.ts";

/** Largest file that is read from an output, in bytes. */
export const LARGEST_FILE = 4 * 1024 * 1024;

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
export function tooLarge(path: string): OperationalError {
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
