import { ATTRIBUTES_KINDS, mapKinds } from "../../kinds/registry.ts";
import type { DesiredPlaced, DesiredResource } from "../../model/objects/desired.ts";
import type { PlanInput } from "./plan-input.ts";

/**
 * The input with manifests that leave alone what its options leave as it is live: a field that decides where an object is, or whether it
 * takes work, as if `ignore_changes` named it; any other has the value that it has live, which is sent back where the whole object is written.
 */
export function leaveFields(input: PlanInput): PlanInput {
  const { leave = [] } = input.options;
  if (leave.length === 0) return input;
  const pathsOf = Map.groupBy(leave, ({ address }) => address);
  const mark = <Object extends DesiredResource | DesiredPlaced>(object: Object): Object => {
    const left = pathsOf.get(object.address)?.flatMap(({ paths }) => paths);
    if (left === undefined) return object;
    const whole = left.filter((path) => path.length === 1).map(([key = ""]) => key);
    const places = whole.filter((key) => PLACING.has(key));
    const { lifecycle } = object;
    const ignore_changes = [...new Set([...lifecycle.ignore_changes, ...places])];
    return { ...object, lifecycle: { ...lifecycle, ignore_changes, left } };
  };
  const { pools, clusters, queues, settings, pool_maps, flyte_clusters, rows } = input.desired;
  return {
    ...input,
    desired: {
      ...{ pools: pools.map(mark), clusters: clusters.map(mark), queues: queues.map(mark), pool_maps },
      ...{ settings: settings.map(mark), flyte_clusters: flyte_clusters.map(mark) },
      rows: mapKinds(ATTRIBUTES_KINDS, (kind) => rows[kind].map(mark)),
    },
  };
}

/** Fields that steps follow from, beside the write of their value. */
const PLACING: ReadonlySet<string> = new Set(["pool", "cluster_pool", "clusters", "state"]);
