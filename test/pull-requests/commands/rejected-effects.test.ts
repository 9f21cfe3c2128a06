import { afterEach, expect, test, vi } from "vitest";
import type { DaemonRecords } from "../../../src/model/daemon/daemon-records.ts";
import { nameRequest } from "../../../src/model/reviews/name-request.ts";
import type { ReviewRecord } from "../../../src/model/reviews/review-record.ts";
import { findRejected } from "../../../src/pull-requests/commands/find-rejected.ts";
import { noteRejections } from "../../../src/pull-requests/commands/note-rejections.ts";
import type { ReviewTools } from "../../../src/pull-requests/review/review-tools.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { makeReviewRecord, openRecords } from "../../store/make-records.ts";

const [FIRST, SECOND] = ["1".repeat(64), "2".repeat(64)];
const EFFECTS = ["cluster.c1 0", "cluster.c1 1"];
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

afterEach(() => {
  vi.restoreAllMocks();
});

/** A request whose plans were published often, as with each push that changes nothing of them, and what is read of them. */
async function openPublished() {
  const records = await openRecords(makeTemporaryFolder());
  const published = Array.from({ length: 200 }, (_, index) => ({
    ...{ head: index.toString(16).padStart(40, "0"), digest: index % 2 === 0 ? FIRST : SECOND, restored: 0 },
    at: at(10),
  }));
  const record = makeReviewRecord({ digest: SECOND, published });
  await records.writeReview(record, null);
  for (const [digest, effects] of [
    [FIRST, EFFECTS],
    [SECOND, EFFECTS.slice(1)],
  ] as const)
    await records.noteShown(record.target, nameRequest(record), { digest, effects, author: record.author });
  const reads: string[] = [];
  let [running, most] = [0, 0];
  for (const name of ["readShown", "readReview", "findPlans"] as const satisfies readonly (keyof DaemonRecords)[]) {
    const read = records[name] as (...given: readonly string[]) => Promise<unknown>;
    vi.spyOn(records, name).mockImplementation((async (...given: string[]) => {
      reads.push(`${name} ${given.at(-1)}`);
      running += 1;
      most = Math.max(most, running);
      return read(...given).finally(() => {
        running -= 1;
      });
    }) as never);
  }
  return { tools: { pass: { records } } as ReviewTools, record, reads, most: () => most };
}

const reject = (index: number, digest = "") => ({
  comment: { id: `${index}`, author: "stranger", body: `poolkeeper reject ${digest}`.trim(), created_at: at(10) },
  command: { name: "reject", digest } as const,
  isLost: false,
});

const find = (tools: ReviewTools, record: ReviewRecord, digest: string) =>
  findRejected(tools, record, { digest, created_at: at(10), others: [] });

test("a rejection reads what a plan does once, however often the request published it", async () => {
  const { tools, record, reads } = await openPublished();
  expect(await find(tools, record, FIRST.slice(0, 32))).toMatchObject({
    digest: FIRST,
    effects: EFFECTS,
    isLost: false,
  });
  expect(reads).toEqual([`readShown ${FIRST}`]);
});

test("a rejection of many reviews reads what one plan does after the other", async () => {
  const { tools, record, reads, most } = await openPublished();
  expect(await find(tools, record, "")).toMatchObject({ digest: SECOND, effects: EFFECTS });
  expect([reads, most()]).toEqual([[`readShown ${FIRST}`, `readShown ${SECOND}`], 1]);
});

test("rejections are noted without a look at what they reject, before it is known who may give them", async () => {
  const { tools, record, reads } = await openPublished();
  const commands = [FIRST, "", "3".repeat(32)].flatMap((digest, index) => [
    reject(10 * index, digest.slice(0, 32)),
    reject(10 * index + 1, digest.slice(0, 32)),
  ]);
  const { undecided = [] } = await noteRejections(tools, record, { commands, later: [] });
  expect(reads).toEqual([]);
  expect(undecided).toMatchObject([
    ...Array.from({ length: 2 }, () => ({ digest: FIRST, plans: [FIRST], effects: [] })),
    ...Array.from({ length: 2 }, () => ({ digest: SECOND, plans: [FIRST, SECOND], effects: [] })),
    ...Array.from({ length: 2 }, () => ({ digest: null, plans: ["3".repeat(32)], effects: [] })),
  ]);
});
