import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord, UndecidedNo } from "../../model/reviews/review-record.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import type { FoundCommand } from "./handled-comments.ts";
import { isOf, noteNo } from "./run-command.ts";

/** Whether a command is a rejection. */
export function isRejection({ command: { name } }: FoundCommand): boolean {
  return name === "reject";
}

/**
 * Records which commands may be rejections, before anything more is asked about them: a later failure leaves it on record that there may be a
 * rejection. `later`: what was noted of these before stays noted. Plans are noted by their digests alone, and no plan is looked at: the authors may
 * have no right to reject anything.
 */
export async function noteRejections(
  tools: ReviewTools,
  record: ReviewRecord,
  { commands, later }: { readonly commands: readonly FoundCommand[]; readonly later: readonly FoundCommand[] },
): Promise<ReviewRecord> {
  const { records } = tools.pass;
  const { undecided: former = [], ...rest } = record;
  const found = commands.filter(isRejection);
  if (found.length + former.length === 0) return record;
  const others = await readOthers(tools, record);
  const undecided: UndecidedNo[] = former.filter((one) => later.some(({ comment }) => isOf(one, comment)));
  for (const { comment, command } of found) {
    const given = { digest: command.digest, others };
    const noted = former.find((one) => isOf(one, comment));
    undecided.push(noted ?? noteNo(record, comment, { ...given, at: await records.now() }));
  }
  const next: ReviewRecord = { ...rest, undecided, updated_at: await records.now() };
  await records.writeReview(next, null);
  return next;
}

/** The request as other targets of the repository remember it. */
export async function readOthers(
  { pass: { records } }: Pick<ReviewTools, "pass">,
  record: ReviewRecord,
): Promise<readonly ReviewRecord[]> {
  const all = await records.readReviewsOf(nameRequest(record));
  return all.filter(({ target }) => target !== record.target);
}
