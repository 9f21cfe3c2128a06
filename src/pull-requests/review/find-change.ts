import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Source, SourceFiles } from "../../reconcile/source/source.ts";

/**
 * What changes in the manifests from one commit of the branch to another one, as {@link hashChange} has it: `none` where they are the
 * same, `unknown` where one of the commits is not there.
 */
export type FindChange = (from: string, to: string) => Promise<string>;

/** Remembers what can't change any more; it is forgotten with the process, and found again. */
export function createChangeFinder(source: Pick<Source, "read">): FindChange {
  const known = new Map<string, string>();
  return async (from, to) => {
    const key = `${from} ${to}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    try {
      const found = hashChange(await source.read(from), await source.read(to)) ?? "none";
      known.set(key, found);
      return found;
    } catch (error) {
      if (error instanceof OperationalError && error.code === "revision_missing") return "unknown";
      throw error;
    }
  };
}

/**
 * SHA-256 of what differs between two states of the manifests: each file with its content before and after, and what could not be read.
 * Two changes with the same hash turn the same files from the same content into the same content. Null: the manifests are the same;
 * other files may differ.
 */
export function hashChange(before: SourceFiles, after: SourceFiles): string | null {
  const [was, is] = [nameBlobs(before), nameBlobs(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).sort();
  const unread = isDeepStrictEqual(before.diagnostics, after.diagnostics)
    ? []
    : [before.diagnostics, after.diagnostics];
  if (paths.length + unread.length === 0) return null;
  const files = paths.map((path) => [path, was.get(path) ?? null, is.get(path) ?? null]);
  return createHash("sha256")
    .update(JSON.stringify([files, unread]))
    .digest("hex");
}

function nameBlobs({ files }: SourceFiles): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, blob }) => [path, blob]));
}
