import { isPutBack } from "../../model/plan/put-back.ts";
import type { Decisions } from "../decide/decisions.ts";
import type { Draft } from "../draft/draft-step.ts";

/**
 * With a store, shows live objects that a manifest names and that are as it wants: they are adopted without a write. What has
 * to be updated is adopted with its update.
 */
export function recordAdoptions(
  { input, pools, clusters, queues, leftovers, placements, continued }: Decisions,
  draft: Draft,
): void {
  if (input.ownership !== "store") return;
  const claims = new Map(draft.claims.map((claim) => [claim.address, claim]));
  const changed = new Set(draft.changes.filter((change) => !isPutBack(change)).map(({ address }) => address));
  const placed = placements.wanted.flatMap(({ desired, name, before }) =>
    desired === null ? [] : [{ desired, physical: name, current: before }],
  );
  for (const { desired, physical, current } of [...pools, ...clusters, ...queues, ...placed]) {
    if (continued.has(desired.address) || changed.has(desired.address) || current === null) continue;
    const fields = claims.get(desired.address)?.applied ?? null;
    draft.changes.push({
      address: desired.address,
      physical_name: physical,
      previous_physical_name: null,
      action: "adopt",
      before: fields,
      after: fields,
      replace_paths: [],
      action_reason: "not_owned",
      origin: "unknown",
    });
  }
  for (const object of [...leftovers.forgotten, ...placements.forgotten]) {
    if (object.lifecycle.on_remove !== "orphan") continue;
    draft.changes.push({
      address: object.address,
      physical_name: object.physical_name,
      previous_physical_name: null,
      action: "forget",
      before: null,
      after: null,
      replace_paths: [],
      action_reason: "no_manifest",
      origin: "commit",
    });
  }
}
