import type { DesiredCluster, DesiredQueue } from "../model/desired.ts";

import { listStillNarrowed, readFields } from "./find-own-writes.ts";
import { isWildcard } from "./index-world.ts";
import type { PlanInput } from "./plan-input.ts";

/**
 * The input with manifests that ask for what was there before an unfinished rollout changed it on its way, where their `ignore_changes` covers
 * that: a state that poolkeeper itself has drained is active again in the end, and a selector that it has written out is `*`. What is ignored
 * is what others choose; nobody has chosen this.
 */
export function heedOwnMarks(input: PlanInput): PlanInput {
  const { desired, owned, written = [], live } = input;
  const states = new Map<string, unknown>();
  for (const write of written) {
    const { state } = readFields(write);
    if (state !== undefined) states.set(`${write.kind}.${write.physical_name}`, state);
  }
  const isOut = ({ name, state }: { readonly name: string; readonly state: string }, kind: string) =>
    states.get(`${kind}.${name}`) === "drained" && (state === "draining" || state === "drained");
  const drained = new Set([
    ...live.clusters.filter((one) => isOut(one, "cluster")).map(({ name }) => `cluster.${name}`),
    ...live.queues.filter((one) => isOut(one, "queue")).map(({ name }) => `queue.${name}`),
  ]);
  const narrowed = new Set(listStillNarrowed(input));
  for (const { name, spec } of live.queues) if (isWildcard(spec.clusters)) narrowed.delete(name);
  if (drained.size + narrowed.size === 0) return input;
  const names = new Map(owned.map(({ address, physical_name }) => [address, physical_name]));
  const nameOf = ({ address, name }: DesiredCluster | DesiredQueue) => names.get(address) ?? name;
  const cluster = (object: DesiredCluster) =>
    drained.has(`cluster.${nameOf(object)}`) ? heed(object, "state", { state: "active" as const }) : object;
  const queue = (object: DesiredQueue) => {
    const name = nameOf(object);
    const active = drained.has(`queue.${name}`) ? heed(object, "state", { state: "active" as const }) : object;
    return narrowed.has(name) ? heed(active, "clusters", { spec: { ...active.spec, clusters: ["*"] } }) : active;
  };
  return {
    ...input,
    desired: { ...desired, clusters: desired.clusters.map(cluster), queues: desired.queues.map(queue) },
  };
}

function heed<Object extends DesiredCluster | DesiredQueue>(
  object: Object,
  field: string,
  as: Partial<Object>,
): Object {
  const { lifecycle } = object;
  const { ignore_changes, declared_ignores = ignore_changes } = lifecycle;
  if (!ignore_changes.includes(field)) return object;
  const heeded = ignore_changes.filter((path) => path !== field);
  return { ...object, ...as, lifecycle: { ...lifecycle, ignore_changes: heeded, declared_ignores } };
}
