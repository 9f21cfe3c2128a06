import type { TargetState } from "../model/daemon/daemon-records.ts";
import { isOnTheWay, listOwnDrains } from "../model/ledger/own-drains.ts";
import type { Applying } from "../plan/policy/show-applying.ts";
import type { Store } from "../store/open-store.ts";

/**
 * What the store shows of a pass that applies now, so that every replica says the same; null: none does. `state`: what is on record of the target;
 * `patterns`: what is sensitive in it. Throws an OperationalError where the store can't be read.
 */
export async function readApplying(
  store: Pick<Store, "readChanges" | "readOwnWrites">,
  { target, begun, last_pass, told_seq, updated_at }: TargetState,
  patterns: readonly string[],
): Promise<Applying | null> {
  const run = begun?.run ?? null;
  // A pass announces its writes before the first one.
  if (run === null || run === last_pass?.id) return null;
  const asked = { patterns, target, limit: 1 };
  const [last] = await store.readChanges({ ...asked, order: "newest" });
  // One that was killed counts until another pass is on record.
  if (last === undefined || last.run_id !== run || last.at <= updated_at) return null;
  const [first] = await store.readChanges({ ...asked, after: told_seq ?? 0, order: "oldest" });
  const drains = listOwnDrains(await store.readOwnWrites()).filter(isOnTheWay);
  return {
    since: first?.run_id === run ? first.at : last.at,
    last_write_at: last.at,
    out_of_service: [...new Set(drains.map(({ address }) => address))].sort(),
  };
}
