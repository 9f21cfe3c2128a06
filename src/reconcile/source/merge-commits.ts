import { OperationalError } from "../../model/errors/operational-error.ts";
import { copyText } from "../../model/text/copy-text.ts";
import type { Merge } from "./proposals.ts";
import { askGit, countListing, damaged, type ObjectReader, splitOutput } from "./read-objects.ts";

/** What is merged. */
export interface MergeRequest {
  /** Full ids of commits that the reader finds. */
  readonly base: string;
  readonly head: string;
  /** The folder whose files are listed; "" is all of them. */
  readonly path: string;
  readonly timeoutMs: number;
}

const MOST_FILES = 1000;
const MOST_CONFLICTS = 100;
/** Characters of the name of a file in conflict; of a longer one the beginning is kept. */
const LONGEST_NAME = 1024;
/** Files in which the commits may differ: as many as a folder may have. git takes some hundred bytes for each of them when it merges. */
const MOST_DIFFERENT = 250_000;
/** Neither what the repository says of its files, nor programs that it names for them, have a say. */
const PLAIN = ["-c", "core.attributesFile=/dev/null", "-c", "merge.renormalize=false"];

/** Merges two commits, writing the new trees next to what the reader finds. No work tree, no index, no program but git. */
export async function mergeCommits(reader: ObjectReader, request: MergeRequest): Promise<Merge> {
  const { base, head } = request;
  await listDifferent(reader, { base, path: "" }, `${head}^{tree}`);
  const names = ["--write-tree", "-z", "--name-only", "--no-messages"];
  const { code, output, said } = await askInTime(reader, [...PLAIN, "merge-tree", ...names, base, head], request);
  // git continues where it misses a commit of the history, and takes another merge base, or none.
  if (/^error:/m.test(said)) throw damaged(reader.place, said);
  // Forges do not merge what has no beginning in common, either.
  if (/refusing to merge unrelated histories/.test(said)) return { kind: "conflict", files: [] };
  const [tree = "", ...conflicts] = splitOutput(output);
  if (code === 1) return { kind: "conflict", files: listConflicts(conflicts, request) };
  if (code !== 0) throw damaged(reader.place, said || `git exited with code ${code}`);
  const { first, count } = await listDifferent(reader, request, tree);
  return { kind: "merged", tree, files: first.toSorted(), count };
}

async function askInTime(reader: ObjectReader, args: readonly string[], { head, timeoutMs }: MergeRequest) {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    // It says nothing before its end, which has a limit of its own.
    const patient = { ...reader, timeoutMs: 2 * timeoutMs };
    return await askGit({ ...patient, signal: AbortSignal.any([reader.signal, timeout]) }, args);
  } catch (error) {
    if (!timeout.aborted || reader.signal.aborted) throw error;
    const message = `Merging ${head} at ${reader.place} took longer than ${timeoutMs / 1000} s and was stopped. Raise \`timeout\`, or make the request smaller.`;
    throw new OperationalError("source_too_large", message, { next: "wait", cause: error });
  }
}

/** A name that two sides want for a file and a folder gets one of the commits behind it, which is not its name. */
function listConflicts(names: readonly string[], { base, head }: MergeRequest): readonly string[] {
  const nameOf = (name: string) => dropCommit(dropCommit(name, base), head);
  const first = [...new Set(names.map(nameOf))].toSorted().slice(0, MOST_CONFLICTS);
  return first.map((name) => (name.length > LONGEST_NAME ? copyText(`${name.slice(0, LONGEST_NAME)}...`) : name));
}

/** `NAME~COMMIT` and `NAME~COMMIT_2` as `NAME`. */
function dropCommit(name: string, commit: string): string {
  const added = name.lastIndexOf(`~${commit}`);
  return added >= 0 && /^(?:_\d+)?$/.test(name.slice(added + commit.length + 1)) ? name.slice(0, added) : name;
}

/** The files below the folder in which a tree differs from the base. Throws `source_too_large` where these are more than git can merge. */
function listDifferent(reader: ObjectReader, { base, path }: Pick<MergeRequest, "base" | "path">, tree: string) {
  const literal = { ...reader, environment: { ...reader.environment, GIT_LITERAL_PATHSPECS: "1" } };
  const how = ["-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv"];
  const below = path === "" ? [] : ["--", path];
  return countListing(literal, [...PLAIN, "diff-tree", ...how, `${base}^{tree}`, tree, ...below], {
    first: MOST_FILES,
    most: MOST_DIFFERENT,
  });
}
