import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { AllowedReferences } from "../../model/daemon/allowed-references.ts";
import type { REFERENCES_CATALOGUE } from "../../model/diagnostics/references-catalogue.ts";
import { formatReference, type Reference } from "../../model/objects/reference.ts";
import { createTextReader, readErrorCode } from "./read-text.ts";

/** Why there is no value. No words hold any of it. */
export interface Unread {
  readonly code: keyof typeof REFERENCES_CATALOGUE;
  readonly summary: string;
  readonly detail?: string;
}

/** Where references are resolved. */
export interface ReferenceSources {
  readonly allowed: AllowedReferences;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The longest value, in bytes. */
export const MOST_BYTES = 64 * 1024;

/**
 * The text that a reference stands for, without one newline at its end; or why there is none. What is not allowed is not read, so that its
 * existence is not revealed. Of a file, its real path counts: no link leads out of the folder that is allowed, or that contains an allowed
 * file.
 */
export function readText(reference: Reference, sources: ReferenceSources): string | Unread {
  const text = reference.from === "env" ? readVariable(reference, sources) : readFile(reference, sources);
  if (typeof text !== "string") return text;
  const value = text.replace(/\r?\n$/, "");
  return value === "" ? unreadable(reference, "is empty") : value;
}

function readVariable(reference: Reference, { allowed, env }: ReferenceSources): string | Unread {
  const { name } = reference;
  if (!allowed.env.includes(name)) return notAllowed(reference);
  const value = env[name];
  if (value === undefined) return unreadable(reference, "is not set");
  if (Buffer.byteLength(value) > MOST_BYTES) return unreadable(reference, TOO_LARGE);
  // Node puts this sign in place of what it can't decode.
  return value.includes("\uFFFD") ? unreadable(reference, NOT_TEXT) : value;
}

function readFile(reference: Reference, { allowed }: ReferenceSources): string | Unread {
  const { name } = reference;
  const roots = allowed.files.flatMap((entry) => findRoot(entry, name));
  if (roots.length === 0) return notAllowed(reference);
  try {
    const real = realpathSync(name);
    if (!roots.some((root) => isBelow(real, realpathSync(root))))
      return unreadable(reference, "is a link that leads out of its folder");
    const read = createTextReader(MOST_BYTES)(real, name);
    if (read.ok) return read.text;
    return unreadable(reference, FAULTS[read.diagnostic.code] ?? "can't be read, or is not a regular file");
  } catch (error) {
    const code = readErrorCode(error);
    return unreadable(reference, code === "ENOENT" ? "does not exist" : `can't be read (${code})`);
  }
}

const TOO_LARGE = "is larger than 64 KiB";
const NOT_TEXT = "is not UTF-8 text";
const FAULTS: Readonly<Record<string, string>> = { "file-too-large": TOO_LARGE, "file-not-text": NOT_TEXT };

/** The folder that a file may not lead out of by what allows it; none where it does not allow it. */
function findRoot(entry: string, name: string): readonly string[] {
  if (entry.endsWith("/")) return name.startsWith(entry) ? [entry] : [];
  return name === entry ? [dirname(entry)] : [];
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function notAllowed(reference: Reference): Unread {
  const { from, name } = reference;
  return {
    code: "reference-not-allowed",
    summary: `${formatReference(reference)} is not allowed for this target`,
    detail: `The operator of poolkeeper must allow it: --reference ${from}:${name}, or references.${from === "env" ? "env" : "files"} of the target in the daemon's configuration.`,
  };
}

function unreadable(reference: Reference, fault: string): Unread {
  const what = reference.from === "env" ? "the variable" : "the file";
  return { code: "reference-unreadable", summary: `${formatReference(reference)}: ${what} ${fault}` };
}
