import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { maskSecrets } from "./find-secrets.ts";
import { isRenderedFrom, type RenderedFile } from "./rendered-file.ts";

/** How a file of the output differs from what is wanted. */
export interface FileDifference {
  readonly path: string;
  /** `removed`: the file is there and no longer wanted. */
  readonly change: "added" | "changed" | "removed";
  /** Unified diff from what is there to what is wanted, with `/dev/null` for what is not; secret values are masked. */
  readonly diff: string;
}

/**
 * Compares what is wanted with what is delivered, by path. A live file that is not wanted counts as removed only when it was
 * rendered from the object of this name: others are left alone. Sorted by path.
 */
export function compareRendered(
  name: string,
  desired: readonly RenderedFile[],
  live: readonly RenderedFile[],
): readonly FileDifference[] {
  const wanted = new Map(desired.map((file) => [file.path, file]));
  const found = new Map(live.map((file) => [file.path, file]));
  const paths = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return paths.flatMap((path) => {
    const [after, before] = [wanted.get(path), found.get(path)];
    if (after?.text === before?.text) return [];
    if (after === undefined && before !== undefined && !isRenderedFrom(name, before)) return [];
    const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    return [{ path, change, diff: createDiff(path, before?.text, after?.text) }];
  });
}

const CONTEXT_LINES = 3;

function createDiff(path: string, before: string | undefined, after: string | undefined): string {
  const [from, to] = [maskSecrets(before ?? ""), maskSecrets(after ?? "")];
  const names = [
    before === undefined ? "/dev/null" : `a/${path}`,
    after === undefined ? "/dev/null" : `b/${path}`,
  ] as const;
  if (from === to) return `--- ${names[0]}\n+++ ${names[1]}\n(only secret values differ; they are not shown)\n`;
  return createTwoFilesPatch(...names, from, to, undefined, undefined, {
    context: CONTEXT_LINES,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
