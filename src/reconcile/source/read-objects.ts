import { NO_PROCESS, OperationalError } from "../../model/errors/operational-error.ts";
import { type GitEnd, GitEndedError, runGit } from "../../systems/git/run-git.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import { explainSourceError } from "./explain-source-error.ts";

/** Git for output that is read as it comes, or that is not text. */
export interface ObjectReader {
  readonly environment: Readonly<Record<string, string>>;
  /** The name of what was fetched last: where it leads nowhere, the mirror is damaged. */
  readonly tip: string;
  readonly place: string;
  /** How long git may be silent, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Most bytes of a listing: 250,000 files with long names. A tree that unfolds to more is no folder of manifests, and each file of one takes some
 * hundred bytes of memory once it is listed. A few trees that hold each other stand for any number of files.
 */
const LARGEST_LISTING = 32_000_000;

/**
 * The objects of these ids, each as it is stored, through one `git cat-file --batch`. The caller has asked for their sizes before: all
 * of them are held in memory. Throws `source_damaged` where one is missing or can't be read.
 */
export async function readObjects(reader: ObjectReader, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(ids)];
  const objects = new Map<string, Buffer>();
  if (wanted.length === 0) return objects;
  const output = await askGitWell(
    reader,
    ["cat-file", "--batch", "--buffer"],
    Number.POSITIVE_INFINITY,
    `${wanted.join("\n")}\n`,
  );
  let offset = 0;
  for (const id of wanted) {
    const end = output.indexOf(10, offset);
    const [, size] = / \w+ (\d+)$/.exec(output.toString("latin1", offset, Math.max(end, offset))) ?? [];
    if (size === undefined) throw damaged(reader.place, `the object ${id} is missing`);
    const start = end + 1;
    objects.set(id, output.subarray(start, start + Number(size)));
    offset = start + Number(size) + 1;
  }
  return objects;
}

/** What git lists, in parts that end with a null byte or with `end`. Throws `source_too_large` where there is no end to it. */
export async function readListing(
  reader: ObjectReader,
  args: readonly string[],
  end = "\0",
): Promise<readonly string[]> {
  return splitOutput(await askGitWell(reader, args, LARGEST_LISTING), end);
}

/**
 * The parts of what git wrote, each of which ends so. Each is a text of its own: one path that is kept of a listing would keep all of it in memory if
 * the listing were split as a text.
 */
export function splitOutput(output: Buffer, end = "\0"): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = output.indexOf(end); at !== -1; at = output.indexOf(end, from)) {
    parts.push(output.toString("utf8", from, at));
    from = at + end.length;
  }
  return parts;
}

/** How much of a listing is wanted. */
export interface ListingLimits {
  /** The parts that are given. */
  readonly first: number;
  /** The parts that there may be. */
  readonly most: number;
}

/**
 * The first parts of what git lists, each of which ends with a null byte, and how many there are. Throws `source_too_large` where there are more
 * than there may be.
 */
export async function countListing(
  reader: ObjectReader,
  args: readonly string[],
  { first, most }: ListingLimits,
): Promise<{ readonly first: readonly string[]; readonly count: number }> {
  const output = await askGitWell(reader, args, LARGEST_LISTING);
  let [count, end] = [0, 0];
  for (let at = output.indexOf(0); at !== -1; at = output.indexOf(0, at + 1)) {
    count += 1;
    if (count <= first) end = at + 1;
  }
  if (count > most) throw tooLarge(reader.place);
  return { first: splitOutput(output.subarray(0, end)), count };
}

/** An object of git. */
export interface FoundObject {
  readonly id: string;
  /** `commit`, `tree`, `blob` or `tag`. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
}

/** What is meant by each name; null where there is no such object. Names hold no line breaks. */
export async function lookUpObjects(
  reader: ObjectReader,
  names: readonly string[],
): Promise<readonly (FoundObject | null)[]> {
  const output = await askGitWell(reader, ["cat-file", "--batch-check"], LARGEST_LISTING, `${names.join("\n")}\n`);
  const lines = splitOutput(output, "\n");
  return names.map((_name, index) => {
    const [, id, type, size] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(lines[index] ?? "") ?? [];
    return id === undefined || type === undefined ? null : { id, type, size: Number(size) };
  });
}

async function askGitWell(
  reader: ObjectReader,
  args: readonly string[],
  mostBytes: number,
  input = "",
): Promise<Buffer> {
  const { code, output, said } = await askGit(reader, args, { mostBytes, input });
  if (code !== 0) throw damaged(reader.place, said || `git exited with code ${code}`);
  return output;
}

/** Runs git, of which the caller reads how it ended. Throws where it can't be run, is ended, or says more than `mostBytes`. */
export async function askGit(
  { environment, place, timeoutMs, signal }: ObjectReader,
  args: readonly string[],
  { mostBytes = LARGEST_LISTING, input = "" }: { readonly mostBytes?: number; readonly input?: string } = {},
): Promise<GitEnd> {
  try {
    const run = { args, folder: "/", environment: { ...environment, LC_ALL: "C" }, timeoutMs, signal };
    return await runGit({ ...run, input, mostBytes });
  } catch (error) {
    if (!(error instanceof GitEndedError) || error.why === "cancelled")
      throw explainSourceError(error, place, redactKnownSecrets);
    throw error.why === "endless" ? tooLarge(place) : tooSlow(place, timeoutMs);
  }
}

function tooLarge(place: string): OperationalError {
  return new OperationalError(
    "source_too_large",
    `${place} contains more files than can be listed. Set \`path\` to one of its folders, or remove files.`,
    { next: "wait" },
  );
}

/** No server takes part in such a read. */
function tooSlow(place: string, timeoutMs: number): OperationalError {
  return new OperationalError(
    "source_unreachable",
    `Reading the mirror of ${place}: git produced no output for ${timeoutMs / 1000} s and was stopped. Check the disk of the data directory, or raise \`timeout\`.`,
    { next: "retry" },
  );
}

/** The error of a mirror that lacks what it must have; where git says that it ran out of resources, that is reported instead. */
export function damaged(place: string, what: string): OperationalError {
  const explained = explainSourceError(new Error(what), place, redactKnownSecrets);
  if (explained.code === NO_PROCESS) return explained;
  const words = what.replace(/\p{Cc}+/gu, " ").slice(0, 500);
  return new OperationalError("source_damaged", `The mirror of ${place} can't be read: ${words}. It is recreated.`, {
    next: "retry",
  });
}
