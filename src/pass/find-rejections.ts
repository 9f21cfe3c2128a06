import { OperationalError } from "../model/operational-error.ts";
import type { PassTools } from "./pass-tools.ts";

type Tools = Pick<PassTools, "config" | "records" | "source">;

/** Somebody said no to a plan of which something is still to be carried out. */
export interface StandingRejection {
  readonly digest: string;
  readonly by: string;
  readonly at: string;
}

/**
 * The rejections that still count, newest first, wherever they were given: those of a revision of the branch that is not applied. No
 * merge undoes them, as nobody is asked there for what was rejected: an approval does that was given since. `branch`: the branch's newest
 * revision where it is known better than by the last pass.
 */
export async function findRejections(
  tools: Tools,
  branch: string | null = null,
): Promise<readonly StandingRejection[]> {
  const { records, config } = tools;
  const rejected = (await records.readApprovals(config.name)).filter(({ state }) => state === "rejected");
  if (rejected.length === 0) return [];
  const state = await records.readState(config.name);
  const applied = state?.applied_revision ?? null;
  const newest = branch ?? state?.heads?.at(-1) ?? state?.last_pass?.revision ?? null;
  const standing: StandingRejection[] = [];
  for (const { revision, digest, by, at } of rejected) {
    // What is not on the branch any more is not carried out by anything that comes.
    const isThere = newest === null || (await hasCommit(tools, newest, revision));
    // Revisions of a folder have no order: none contains another one.
    const isFolder = config.source.kind === "folder";
    const isApplied = isFolder ? applied === revision : await hasCommit(tools, applied, revision);
    if (isThere && !isApplied) standing.push({ digest, by, at });
  }
  return standing.sort((one, other) => other.at.localeCompare(one.at));
}

/** Whether a revision contains a commit; false where there is none, or its history was rewritten since. */
export async function hasCommit(
  { source }: Pick<Tools, "source">,
  revision: string | null,
  commit: string | null,
): Promise<boolean> {
  if (revision === null || commit === null) return false;
  try {
    const advance = await source.compare(commit, revision);
    return advance === "same" || advance === "forward";
  } catch (error) {
    // The branch was rewritten since: what it had then says nothing of what it has now.
    if (error instanceof OperationalError && error.code === "revision_missing") return false;
    throw error;
  }
}
