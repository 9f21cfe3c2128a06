import { randomUUID } from "node:crypto";
import { type Merge, moveReview } from "../model/reviews/review-phase.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { draftRejection } from "../plan/policy/draft-rejections.ts";
import { findHere } from "../reconcile/pass/find-here.ts";
import { hasCommit } from "../reconcile/pass/find-rejections.ts";
import { listUndecided } from "../reconcile/pass/read-effects.ts";
import type { ReviewTools } from "./review/review-tools.ts";
import { isSameLogin } from "./review/spell-login.ts";

/**
 * Settles a request that its forge no longer has: it was deleted, or the forge was moved or restored. `got` is what the branch has got by
 * its merge since the revision that was applied last; null: nothing, so that it counts as closed. A merged one is remembered until it is
 * applied, with its author; its merger is unknown, so the merge approves nothing. The rights behind its rejections can't be checked any
 * more: they count, unless the list of approvers says otherwise, and of a merged one they end what runs.
 */
export async function leaveBehind(
  { pass, acts }: Pick<ReviewTools, "pass" | "acts">,
  record: ReviewRecord,
  got: string | null,
): Promise<void> {
  const { records, config } = pass;
  const { target, number, url } = record;
  const at = await records.now();
  const merged = record.merged ?? (got === null ? null : { by: null, commit: got, at });
  const { approvers } = config.policy.approval;
  const mayCount = (login: string) => approvers.length === 0 || approvers.some((name) => isSameLogin(name, login));
  const counting = (record.undecided ?? []).filter(({ by }) => mayCount(by));
  for (const no of counting) {
    const rejection = draftRejection(record, no, await listUndecided(records, record, no));
    const { by: who, via } = rejection;
    const audit = {
      id: randomUUID(),
      at,
      target,
      who,
      via,
      action: "reject",
      details: { request: number, url, left: true },
    };
    await records.addRejection({ ...rejection, revision: merged?.commit ?? null }, audit);
  }
  const applied =
    merged === null ? null : (findHere(await records.readState(target), config)?.applied_revision ?? null);
  const isOver = merged === null || (await hasCommit(pass, applied, merged.commit));
  const isNew = merged !== null && record.merged === null;
  const isChanged = isOver || isNew || (record.undecided ?? []).length > 0;
  if (!isChanged) return;
  const ended = endWith(record, merged);
  const settled = isOver ? moveReview(ended, { kind: "settled" }) : ended;
  await records.writeReview({ ...settled, undecided: [], awaited: {}, updated_at: at }, null);
  // What runs of it is stopped.
  if (merged !== null && counting.length > 0) await acts.wake(target, "approval");
}

function endWith(record: ReviewRecord, merged: Merge | null): ReviewRecord {
  if (merged === null) return moveReview(record, { kind: "closed", outcome: { kind: "closed" } });
  const followed = record.merged === null ? moveReview(record, { kind: "merged", merged }) : record;
  const isUnknown = followed.phase === "merged" && followed.outcome === null;
  const outcome = { kind: "merged", by: merged.by } as const;
  return isUnknown ? moveReview(followed, { kind: "followed", outcome }) : followed;
}
