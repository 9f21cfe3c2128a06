import type { CommitStatus, Forge } from "../forge/forge.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { ReviewRecord, ReviewStatuses } from "../model/review-record.ts";
import { combineStatuses, type StatusLine } from "../report/describe-review-status.ts";
import { runInTurn } from "../source/run-in-turn.ts";
import type { ReviewTools } from "./review-tools.ts";

type Combined = Pick<ReviewStatuses, "plan" | "apply">;

/**
 * Sets the statuses of a record's commit to what all targets that share them have to say together, unless they say so already, and
 * gives the record as it is written down then. A configured target that has not looked at this commit, or whose comment does not stand
 * yet, is waited for: the statuses are pending then, so that nothing is merged that it might refuse. Of the two, success is set last.
 *
 * Targets do this at the same time, also in several processes. Each reads what the others have written down once more after it has set
 * the statuses, and sets them again where that has changed: whoever sets them last has read everything.
 */
export function publishStatuses(tools: ReviewTools, record: ReviewRecord, page: string | null): Promise<ReviewRecord> {
  const { records } = tools.pass;
  return runInTurn(`statuses of ${record.place} ${record.head}`, async () => {
    let current = record;
    let set: Combined | null = null;
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const all = await readTogether(tools, current);
      const combined = combine(tools, current, all);
      if (isSame(combined, set ?? findTold(current, all))) break;
      // What the forge has is not known from here on until it was set.
      if (set === null && current.told != null) {
        current = { ...current, told: null };
        await records.writeReview(current, null);
      }
      await setBoth(tools, current.head, combined, page);
      set = combined;
    }
    if (set === null) return current;
    const told = { ...current, told: { ...set, at: await records.now() } };
    await records.writeReview(told, null);
    return told;
  });
}

/** More than the targets that tell of one commit at the same time. */
const MOST_TURNS = 10;

/** The other records that have something to say of the commit: those of its request, and of other open requests with the same commit. */
async function readTogether({ pass, peers }: ReviewTools, record: ReviewRecord): Promise<readonly ReviewRecord[]> {
  const { place, number, head, target } = record;
  const names = new Set(peers.map((peer) => peer.target));
  const own = await pass.records.readReviewsOf(place, number);
  const others = (await pass.records.readReviewsAt(place)).filter((other) => other.number !== number);
  return [...own, ...others].filter(
    (other) => other.head === head && names.has(other.target) && !(other.target === target && other.number === number),
  );
}

function combine({ peers, pass }: ReviewTools, record: ReviewRecord, others: readonly ReviewRecord[]): Combined {
  const { source } = pass.config;
  const branch = source.kind === "repository" ? source.branch : "";
  const all = [record, ...others];
  const looked = new Set(all.filter(({ number }) => number === record.number).map(({ target }) => target));
  const missing = peers.filter((peer) => peer.branch === branch && !looked.has(peer.target));
  const combineOne = (which: keyof Combined) => {
    // Whoever reads a comment that says something else must not find a status that says that all is well.
    const isUnsaid = ({ said, statuses }: ReviewRecord) => said === "" && statuses[which].state === "success";
    const unsaid = [...missing, ...all.filter(isUnsaid)].map(({ target }) => target);
    const told = all.filter((one) => !isUnsaid(one));
    const statuses = told.map(({ target, statuses }) => ({ target, status: statuses[which] }));
    return combineStatuses(sortByTarget(statuses), [...new Set(unsaid)].sort());
  };
  return { plan: combineOne("plan"), apply: combineOne("apply") };
}

function sortByTarget<T extends { readonly target: string }>(all: readonly T[]): readonly T[] {
  return all.toSorted((one, other) => (one.target < other.target ? -1 : 1));
}

/** What the commit was told last, by whichever target; null: that is not known. */
function findTold(record: ReviewRecord, others: readonly ReviewRecord[]): Combined | null {
  if (record.told == null) return null;
  const told = [record, ...others].flatMap((one) => one.told ?? []);
  return told.reduce((latest, one) => (one.at > latest.at ? one : latest));
}

function isSame(one: Combined, other: Combined | null): boolean {
  const same = (a: StatusLine, b: StatusLine) => a.state === b.state && a.description === b.description;
  return other !== null && same(one.plan, other.plan) && same(one.apply, other.apply);
}

async function setBoth({ forge, config }: ReviewTools, head: string, combined: Combined, url: string | null) {
  const statuses = (["plan", "apply"] as const).map((which) => ({
    ...{ context: `${config.status_name}/${which}`, ...combined[which], url },
  }));
  const isLast = ({ state }: CommitStatus) => Number(state === "success");
  for (const status of statuses.toSorted((one, other) => isLast(one) - isLast(other))) {
    await setStatus(forge, head, status);
  }
}

/** A commit that the forge does not know in this repository, as GitLab with a fork's, has no status: the comment says all of it. */
async function setStatus(forge: Forge, head: string, status: CommitStatus): Promise<void> {
  try {
    await forge.setStatus(head, status);
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "forge_missing") throw error;
  }
}
