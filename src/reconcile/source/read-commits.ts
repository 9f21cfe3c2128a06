import { OperationalError } from "../../model/errors/operational-error.ts";
import { type Commit, parseCommit } from "./parse-commit.ts";
import { damaged, type FoundObject, lookUpObjects, type ObjectReader, readObjects } from "./read-objects.ts";

/** What a commit may take at most, in bytes. */
const LARGEST_COMMIT = 1_000_000;
/** How many commits are held in memory. */
const BATCH = 50;
const BEGINNING = /^[0-9a-f]{7,63}$/;
const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commits of these ids, in their order. Throws `revision_missing` where the mirror has none of that id. */
export async function* readCommits(reader: ObjectReader, ids: readonly string[]): AsyncGenerator<Commit> {
  await requireCommits(reader, ids);
  for (let start = 0; start < ids.length; start += BATCH) {
    const batch = ids.slice(start, start + BATCH);
    const objects = await readObjects(reader, batch);
    for (const id of batch) yield parseCommit(id, objects.get(id) ?? Buffer.alloc(0));
  }
}

/** One commit. */
export async function readCommit(reader: ObjectReader, id: string): Promise<Commit> {
  for await (const commit of readCommits(reader, [id])) return commit;
  throw missing(reader, id);
}

/** The commit of an id, of which the beginning is enough where no other one begins so. Throws as {@link readCommit}. */
export async function findCommit(reader: ObjectReader, id: string): Promise<Commit> {
  const [found] = BEGINNING.test(id) ? await lookUpObjects(reader, [`${id}^{commit}`]) : [null];
  return readCommit(reader, found?.id ?? id);
}

/** Whether the mirror has a commit of this id. */
export async function hasCommit(reader: ObjectReader, id: string): Promise<boolean> {
  const [found] = isCommitId(id) ? await lookUpObjects(reader, [id]) : [null];
  return found?.type === "commit";
}

/** Whether a text can be the full id of a commit. */
export function isCommitId(id: string): boolean {
  return ID.test(id);
}

/**
 * Throws where one of the ids is no commit of the mirror, or one that is too large to be read. Gives what is known of other names,
 * which are looked up on the same way.
 */
export async function requireCommits(
  reader: ObjectReader,
  ids: readonly string[],
  others: readonly string[] = [],
): Promise<readonly (FoundObject | null)[]> {
  const strange = ids.find((id) => !isCommitId(id));
  if (strange !== undefined) throw missing(reader, strange);
  const [tip, ...found] = await lookUpObjects(reader, [reader.tip, ...ids, ...others]);
  for (const [index, id] of ids.entries()) {
    const object = found[index];
    if (object?.type !== "commit") {
      throw tip?.type === "commit" ? missing(reader, id) : damaged(reader.place, `${reader.tip} is missing`);
    }
    if (object.size > LARGEST_COMMIT) throw tooLarge(reader, id);
  }
  return found.slice(ids.length);
}

function missing({ place }: ObjectReader, id: string): OperationalError {
  return new OperationalError(
    "revision_missing",
    `Commit ${JSON.stringify(id.slice(0, 64))} not found in the mirror of ${place}. Use the full id of a commit of this branch; commits that a force push removed before they were fetched are unavailable.`,
    { next: "stop" },
  );
}

function tooLarge({ place }: ObjectReader, id: string): OperationalError {
  return new OperationalError(
    "source_too_large",
    `The commit ${id} of ${place} is larger than 1 MB. Push a commit with a shorter message.`,
    { next: "wait" },
  );
}
