import { expect, test } from "vitest";
import type { PullRequest } from "../../src/pull-requests/forge/forge.ts";
import { isOfAnyone } from "../../src/pull-requests/read-comments.ts";
import type { ReviewTools } from "../../src/pull-requests/review/review-tools.ts";
import { openSpending } from "../../src/pull-requests/review/spending.ts";
import { MERGED, makeReviewRecord, PAST } from "../store/make-records.ts";

/** So many seconds after the merge. */
const after = (seconds: number) => new Date(Date.parse(PAST) + seconds * 1_000).toISOString();

/** Whether looks at a merged request are charged, one after the other, of one process. `read`: when its comments were read last, in seconds after its merge. */
async function listCharged(looks: readonly { readonly read: number | null; readonly updated: number }[]) {
  const spending = openSpending({ calls: () => 0, share: () => 1, isLow: () => false });
  const tools = { spending, pass: { config: { source: { kind: "repository", branch: "main" } } } };
  const charged: boolean[] = [];
  for (const { read, updated } of looks) {
    const at = read === null ? null : { moved: after(0), at: after(read) };
    const request = { state: "merged", base: "main", head: { fork: false }, updated_at: after(updated) };
    const told = { request: request as unknown as PullRequest, alterers: [], isDecided: async () => false };
    charged.push(await isOfAnyone(tools as unknown as ReviewTools, makeReviewRecord({ read: at }, MERGED), told));
  }
  return charged;
}

test.each([3, null])(
  "one look makes sure free of charge that nothing was written at the moment of a merge (read after it: %s)",
  async (read) => {
    expect(
      await listCharged([
        { read, updated: 1 },
        { read, updated: 1 },
        { read: 60, updated: 0 },
        { read: 60, updated: 70 },
      ]),
    ).toEqual([false, true, false, true]);
  },
);

test("comments after that are charged, though the moment of the merge was not made sure of by a look of its own", async () => {
  expect(await listCharged([{ read: 60, updated: 70 }])).toEqual([true]);
});
