import { ATTRIBUTES_KINDS, mapKinds } from "../../kinds/registry.ts";
import type { Desired } from "../../model/objects/desired.ts";
import { compareText } from "./index-world.ts";
import type { PlanInput } from "./plan-input.ts";

/** The same input in one order, so that the order in which objects were listed changes nothing in a plan. */
export function sortInput(input: PlanInput): PlanInput {
  const { desired, live } = input;
  return {
    ...input,
    desired: sortDesired(desired),
    live: { ...live, pools: sorted(live.pools), clusters: sorted(live.clusters), queues: sorted(live.queues) },
    owned: [...input.owned].sort((left, right) => compareText(left.address, right.address)),
    elsewhere: [...(input.elsewhere ?? [])].sort(
      (left, right) => compareText(left.place, right.place) || compareText(left.address, right.address),
    ),
    narrowed: [...input.narrowed].sort(),
  };
}

function sortDesired(desired: Desired): Desired {
  return {
    pools: sorted(desired.pools),
    clusters: sorted(desired.clusters),
    queues: sorted(desired.queues),
    settings: sorted(desired.settings),
    pool_maps: sorted(desired.pool_maps),
    flyte_clusters: sorted(desired.flyte_clusters),
    rows: mapKinds(ATTRIBUTES_KINDS, (kind) => sorted(desired.rows[kind])),
  };
}

function sorted<T extends { readonly name: string }>(objects: readonly T[]): readonly T[] {
  return [...objects].sort((left, right) => compareText(left.name, right.name));
}
