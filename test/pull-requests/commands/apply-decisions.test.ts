import { expect, test } from "vitest";
import { nameRequest } from "../../../src/model/reviews/name-request.ts";
import { applyDecisions } from "../../../src/pull-requests/commands/apply-decisions.ts";
import type { ReviewTools } from "../../../src/pull-requests/review/review-tools.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { DIGEST, MERGED, makeAudit, makeDecision, makeReviewRecord, openRecords } from "../../store/make-records.ts";

/** Anyone may open so many requests of a commit, from forks. */
const MANY = 501;

test.each([0, MANY])(
  "an approval counts for one merge of its commit, with %d more requests of that commit that are open",
  async (many) => {
    const records = await openRecords(makeTemporaryFolder());
    const approved = makeReviewRecord();
    const { head, number } = approved;
    await records.writeReview(approved, null);
    const given = makeDecision({ kind: "approve", request: nameRequest(approved), head, revision: null });
    await records.writeReviewAct(approved, makeAudit(), given);
    for (let index = 1; index <= many; index += 1)
      await records.writeReview(makeReviewRecord({ number: number + index }), null);
    const last = makeReviewRecord({ number: 9_000, approvals: [] }, MERGED);
    const tools = { pass: { records }, forge: { kind: "github" }, config: { self_approval: true } };
    const countApprovals = async () =>
      (await applyDecisions(tools as unknown as ReviewTools, last)).approvals.map(({ digest }) => digest);
    expect(await countApprovals()).toEqual([DIGEST]);
    await records.writeReview(makeReviewRecord({ number: 8_000, spent: [DIGEST] }, MERGED), null);
    expect(await countApprovals()).toEqual([]);
  },
);
