import { OperationalError } from "../../model/errors/operational-error.ts";
import { inTurns } from "../../model/in-turns.ts";
import { type Decision, findCounterpart, type GivenDecision } from "../../model/passes/decision.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { draftRejection } from "../../plan/policy/draft-rejections.ts";
import { type Judged, listStanding, type Standing } from "../../plan/policy/judge-decisions.ts";
import { findHere } from "./find-here.ts";
import { listHeads } from "./list-heads.ts";
import type { PassTools } from "./pass-tools.ts";
import { readUndecided } from "./read-effects.ts";

type Tools = Pick<PassTools, "config" | "records" | "source">;

/** What is asked about. */
export interface RejectionQuery extends Pick<Judged, "digest" | "revision" | "effects"> {
  /** Left out or null: what the branch has. */
  readonly request?: string | null;
  /** The request's newest commit. */
  readonly head?: string | null;
  /** The branch's newest revision where it is known better than by the last pass. */
  readonly branch?: string | null;
}

/** The rejections that stand against a plan, newest first, wherever they were given, and all that was decided about the target. */
export async function findRejections(
  tools: Tools,
  { request = null, head = null, branch = null, ...plan }: RejectionQuery,
): Promise<{ readonly standing: readonly Standing[]; readonly decisions: readonly Decision[] }> {
  const decisions = await tools.records.readDecisions(tools.config.name);
  const rejections = decisions.filter(({ kind }) => kind === "reject");
  if (rejections.length === 0) return { standing: [], decisions };
  const present = await findPresent(tools, rejections, branch);
  return { standing: listStanding(decisions, { request, head, ...plan, present }), decisions };
}

/**
 * The author of a rejection, on any request, that can't be judged for now and would stand against the plan; null: none. It is no decision:
 * it ends nothing. But while it may be one, nothing is approved by a merge, nor by a command before the merge.
 */
export async function findUndecided(
  tools: Tools,
  { request = null, head = null, effects, branch = null }: RejectionQuery,
): Promise<string | null> {
  const { records, config } = tools;
  const undecided = await records.readUndecided(config.name);
  if (undecided.length === 0) return null;
  const known = new Set((await records.readDecisions(config.name)).map(({ id }) => id));
  const drafts: GivenDecision[] = [];
  for (const record of undecided) drafts.push(...(await draftUndecided(records, record, { known, effects })));
  const open = drafts.map((draft, index) => ({ ...draft, reason: null, seq: index + 1 }));
  const present = await findPresent(tools, open, branch);
  return listStanding(open, { request, head, effects, present })[0]?.decision.by ?? null;
}

/**
 * A request's rejections that can't be judged for now and are not recorded (`known`), each with one of its effects that the plan has: one makes it
 * stand. What each distinct plan does is read once, as many comments may be about the same.
 */
async function draftUndecided(
  records: Tools["records"],
  record: ReviewRecord,
  { known, effects }: Pick<RejectionQuery, "effects"> & { readonly known: ReadonlySet<string> },
): Promise<readonly GivenDecision[]> {
  const wanted = new Set(effects);
  const find = async (some: readonly string[]): Promise<readonly string[]> => {
    for await (const effect of inTurns(some)) if (wanted.has(findCounterpart(effect))) return [effect];
    return [];
  };
  const open = (record.undecided ?? []).filter((no) => !known.has(draftRejection(record, no, []).id));
  const shared = new Map<string, readonly string[]>();
  const plans = open.flatMap((no) => no.plans ?? []);
  for await (const plan of readUndecided(records, record, plans)) shared.set(plan.digest, await find(plan.effects));
  const drafts: GivenDecision[] = [];
  for (const no of open) {
    const found = [...(await find(no.effects)), ...(no.plans ?? []).flatMap((plan) => shared.get(plan) ?? [])];
    drafts.push(draftRejection(record, no, found.slice(0, 1)));
  }
  return drafts;
}

/** The rejections of which the branch has something that is not applied. */
async function findPresent(
  tools: Tools,
  rejections: readonly Decision[],
  branch: string | null,
): Promise<ReadonlySet<number>> {
  const { records, config } = tools;
  const state = findHere(await records.readState(config.name), config);
  const applied = state?.applied_revision ?? null;
  const newest = branch ?? listHeads(state).at(-1) ?? state?.last_pass?.revision ?? null;
  // Revisions of a folder have no order: none contains another one.
  const isFolder = config.source.kind === "folder";
  const isWaiting = async (commit: string) => {
    // Commits that are no longer on the branch are not applied by any later revision.
    const isThere = newest === null || (await hasCommit(tools, newest, commit));
    return isThere && !(isFolder ? applied === commit : await hasCommit(tools, applied, commit));
  };
  const present = new Set<number>();
  for (const { seq, request, head, revision } of rejections) {
    const merged = request === null ? null : ((await records.readRecord(config.name, request))?.merged ?? null);
    const commits = new Set([revision, head, merged?.commit ?? null].filter((commit) => commit !== null));
    for (const commit of commits) if (await isWaiting(commit)) present.add(seq);
  }
  return present;
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
