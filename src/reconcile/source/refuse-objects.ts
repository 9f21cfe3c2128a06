import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OperationalError } from "../../model/errors/operational-error.ts";
import { explainMirrorError, type MirrorOptions } from "./describe-mirror.ts";
import { listNames, removeLeftovers } from "./remove-leftovers.ts";

/** Codes of what is the fault of a commit: it takes more room, or memory, than it may, or git's check refuses an object of it. */
const REFUSALS: ReadonlySet<string> = new Set(["source_too_large", "source_malformed"]);

/** Commits that are refused, by a name of the caller's. One is not fetched again for as long as it is among them. */
export type RefusedCommits = Map<string, { readonly sha: string; readonly error: OperationalError }>;

/** What an error of a fetch says of the commits that it was for; null: it has another reason. */
export function findFetchRefusal(error: unknown, options: MirrorOptions): OperationalError | null {
  const explained = explainMirrorError(error, options);
  return REFUSALS.has(explained.code) ? explained : null;
}

/** The packs of the repository at `folder`, by their files. */
export async function listPacks(folder: string): Promise<ReadonlySet<string>> {
  const packs = join(folder, "objects", "pack");
  return new Set((await listNames(packs)).map((name) => join(packs, name)));
}

/** Removes what was fetched since these packs were all; nothing may refer to it. */
export async function dropPacksSince(folder: string, before: ReadonlySet<string>): Promise<void> {
  for (const pack of await listPacks(folder)) if (!before.has(pack)) await rm(pack, { force: true, maxRetries: 3 });
  await removeLeftovers(folder);
}
