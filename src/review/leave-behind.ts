import { randomUUID } from "node:crypto";
import type { ReviewRecord } from "../model/review-record.ts";
import { hasCommit } from "../pass/find-rejections.ts";
import { draftRejections } from "../policy/draft-rejections.ts";
import type { ReviewTools } from "./review-tools.ts";
import { isSameLogin } from "./spell-login.ts";

/**
 * Ends what is said of a request that its forge does not have any more: it was deleted, or the forge was moved or restored. Nobody can be asked
 * any more whether its rejections count: they do, unless the list of approvers says otherwise. A merged one is remembered until it is carried out.
 */
export async function leaveBehind({ pass }: Pick<ReviewTools, "pass">, record: ReviewRecord): Promise<void> {
  const { records, config } = pass;
  const { target, number, url, merged } = record;
  const at = await records.now();
  const { approvers } = config.policy.approval;
  const mayCount = (login: string) => approvers.length === 0 || approvers.some((name) => isSameLogin(name, login));
  const counting = draftRejections(record).filter(({ by }) => mayCount(by));
  for (const rejection of counting) {
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
    await records.addRejection(rejection, audit);
  }
  const applied = merged === null ? null : ((await records.readState(target))?.applied_revision ?? null);
  const settled = merged === null || (await hasCommit(pass, applied, merged.commit));
  const outcome = merged === null ? ({ kind: "closed" } as const) : record.outcome;
  const isChanged = settled || (record.undecided ?? []).length > 0;
  if (isChanged)
    await records.writeReview({ ...record, undecided: [], awaited: {}, outcome, settled, updated_at: at }, null);
}
