import { lstatSync, readFileSync, statSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";

/** How a file is read whose writer is not trusted. */
export interface BoundedFile {
  /** Most bytes. */
  readonly most: number;
  /** A link is refused: a foreign artefact could point to what only this job may read. */
  readonly untrusted: boolean;
}

/** The text of a file of bounded size. Throws an OperationalError `result_unreadable` for what is not there, too large, or no file. */
export function readBounded(file: string, bounds: BoundedFile): string {
  checkBounds(file, bounds);
  return readFileSync(file, "utf8");
}

/** Throws what {@link readBounded} would throw for size and nature of a file. */
export function checkBounds(file: string, { most, untrusted }: BoundedFile): void {
  const { isFile, size } = look(file, untrusted);
  if (!isFile) throw unreadable(file, `it is not a file${untrusted ? ", or a link to one" : ""}`);
  if (size > most) throw unreadable(file, `it has ${size} bytes, and more than ${most} are not read`);
}

function look(file: string, untrusted: boolean) {
  try {
    const found = untrusted ? lstatSync(file) : statSync(file);
    return { isFile: found.isFile(), size: found.size };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "it failed";
    throw unreadable(file, code === "ENOENT" ? "file not found" : code, cause);
  }
}

function unreadable(file: string, reason: string, cause?: unknown): OperationalError {
  const message = `${file} can't be used: ${reason}. Name a file that poolkeeper has written.`;
  return new OperationalError("result_unreadable", message, { next: "stop", cause });
}
