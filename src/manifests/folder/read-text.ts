import { isUtf8 } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import { locateOpened } from "../../systems/files/locate-opened.ts";

/** A file's text, or why it has none. */
export type ReadText =
  | { readonly ok: true; readonly text: string; readonly bytes: number }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/**
 * A reader of UTF-8 files of at most `maxBytes`; never holds more than that of a file. What is at the real path now is read, and nothing to
 * which a link leads that was put in the way since that path was found. `path` is what diagnostics show. A byte
 * order mark is left out of the text.
 */
export function createTextReader(maxBytes: number): (realPath: string, path: string) => ReadText {
  const buffer = Buffer.allocUnsafe(maxBytes + 1);
  return (realPath, path) => {
    try {
      const bytes = readBytes(realPath, buffer);
      if (bytes === "moved") return fail("file-unreadable", path, "The file was replaced by a link while it was read");
      if (bytes === "not a file") return fail("file-unreadable", path, "Not a regular file");
      if (bytes > maxBytes) return refuseLarge(path, maxBytes);
      return decodeManifest(buffer.subarray(0, bytes), path);
    } catch (error) {
      return fail("file-unreadable", path, `The file cannot be read (${readErrorCode(error)})`);
    }
  };
}

/** The answer for a file of more than `maxBytes`. */
export function refuseLarge(path: string, maxBytes: number): ReadText {
  return fail("file-too-large", path, `The file is larger than ${formatBytes(maxBytes)}`);
}

/** The text that bytes hold: UTF-8 without null bytes, and no pointer to a text elsewhere; a byte order mark is left out. */
export function decodeManifest(bytes: Buffer, path: string): ReadText {
  if (bytes.includes(0)) return fail("file-not-text", path, "The file contains a null byte");
  if (!isUtf8(bytes)) return fail("file-not-text", path, "The file is not UTF-8 text");
  if (bytes.indexOf(LFS_POINTER) === 0) {
    return fail(
      "file-not-text",
      path,
      "The file is a pointer of Git LFS, which keeps the manifest elsewhere",
      TAKE_OUT_OF_LFS,
    );
  }
  const text = bytes.toString("utf8");
  return { ok: true, text: text.startsWith("\uFEFF") ? text.slice(1) : text, bytes: bytes.length };
}

/** How a pointer begins, by the specification of Git LFS. */
const LFS_POINTER = "version https://git-lfs.github.com/spec/";
const TAKE_OUT_OF_LFS =
  "poolkeeper reads what git itself has. Remove the pattern that matches this file from .gitattributes, and commit the file again (git add --renormalize).";

/** Reads up to the whole buffer. Pipes and devices are refused before they can block. */
function readBytes(realPath: string, buffer: Buffer): number | "not a file" | "moved" {
  const file = openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if ((locateOpened(file) ?? realPath) !== realPath) return "moved";
    const stat = fstatSync(file);
    if (!stat.isFile()) return "not a file";
    const wanted = Math.min(stat.size, buffer.length);
    let length = 0;
    while (length < wanted) {
      const read = readSync(file, buffer, length, wanted - length, null);
      if (read === 0) break;
      length += read;
    }
    return length;
  } finally {
    closeSync(file);
  }
}

/** The system's short code of a failure, for example EACCES. */
export function readErrorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function fail(code: DiagnosticCode, file: string, summary: string, detail?: string): ReadText {
  const facts = { file, summary, ...(detail !== undefined && { detail }) };
  return { ok: false, diagnostic: createDiagnostic(code, facts) };
}

function formatBytes(bytes: number): string {
  return bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : `${bytes} bytes`;
}
