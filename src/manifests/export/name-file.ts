import { createHash } from "node:crypto";
import type { ManifestDraft } from "./manifest-draft.ts";

/** Names that Windows reserves for devices, with any extension; and the one of the organization's settings. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9]|organization)$/;
/** Longest part of a name that is kept as it is, in characters. */
const KEPT_LENGTH = 100;
const HASH_LENGTH = 12;

/**
 * The name of an object's file, without folder and extension: its name, or the parts of its scope with dots between. It holds
 * nothing but lower-case letters, digits and `-._~`, is at most 250 characters long, and no two objects of a kind share one even
 * where case does not count: a part that can't stand as it is gets a hash.
 */
export function nameFile({ parts }: Pick<ManifestDraft, "parts">): string {
  if (parts.length === 0) return "organization";
  return parts.map((part, index) => namePart(part, index)).join(".");
}

/** A workflow, the third part, may have dots and underscores; the parts before it, which dots end, may not. */
function namePart(part: string, index: number): string {
  const isPlain = index === 2 ? /^[a-z0-9][a-z0-9._-]*$/ : /^[a-z0-9][a-z0-9-]*$/;
  const isSafe = isPlain.test(part) && part.length <= KEPT_LENGTH && !part.endsWith(".");
  if (isSafe) return index === 0 && RESERVED.test(part) ? `${part}~` : part;
  const hash = createHash("sha256").update(part).digest("hex").slice(0, HASH_LENGTH);
  const head = part
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, index === 2 ? 60 : 30);
  return `${head}~${hash}`;
}
