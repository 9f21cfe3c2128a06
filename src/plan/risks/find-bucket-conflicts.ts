import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";
import { type BucketTake, listBucketTakes } from "../order/order-buckets.ts";

/**
 * Pools that would come onto the bucket of another pool, which stays there or can't leave first: the control plane refuses that, and a
 * pool that goes is deleted only once no cluster is in it any more. What the folder's own pools declare is compared when it is validated.
 */
export function findBucketConflicts(decisions: Decisions): readonly Finding[] {
  const declared = new Set(decisions.pools.map(({ physical }) => physical));
  return listBucketTakes(decisions).flatMap((take): readonly Finding[] => {
    const { address } = take.assignment.desired;
    const reason = explain(take, declared);
    if (reason === null) return [];
    return [
      { check: "contract", status: "fail", message: `${address}: ${reason}`, addresses: [address], refused: true },
    ];
  });
}

function explain({ by, keepers, circle }: BucketTake, declared: ReadonlySet<string>): string | null {
  const [keeper] = keepers;
  const [next] = circle;
  const what =
    by === "undelete" ? "its deleted record, which is restored first, names the bucket" : "its bucket is that";
  if (keeper !== undefined) {
    const where = `${what} of live pool ${keeper}, and two pools must not share one.`;
    if (by === "undelete") return `${where} Move that pool to another bucket first, or give this one another name.`;
    if (declared.has(keeper)) return `${where} This plan leaves that pool there: choose an unused bucket.`;
    return `${where} If it is that pool under a new name, set previously: ${keeper}.`;
  }
  if (next === undefined) return null;
  return `${what} of live pool ${next}, which can leave it only after this pool has left its own: pools that exchange buckets would share one on the way. Move one of them to an unused bucket first, in a commit of its own.`;
}
