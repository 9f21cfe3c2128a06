import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { mayWrite } from "../forge/forge.ts";
import type { Faults } from "./isolate-faults.ts";
import { listCurrent } from "./make-review.ts";
import type { ReviewTools } from "./review-tools.ts";

/**
 * Who approved what the request shows and may not write any more: after the merge such an approval does not count. Who is unknown for now may: it is
 * asked again before anything is applied.
 */
export async function findLost(
  { tools: { recallPermission, pass }, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  now: string,
): Promise<ReadonlySet<string>> {
  const lost = new Set<string>();
  for (const { by } of record.needs_approval ? listCurrent(record, pass, now) : []) {
    const permission = await faults.isolate(() => recallPermission(by));
    if (permission !== null && !mayWrite(permission)) lost.add(by);
  }
  return lost;
}
