import type { Author } from "../../src/embedded/state/author.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { ORG, type Stored } from "./open-world.ts";

/** What the client prints of a stored pool with `-of json-raw`; a field that is empty is left out. */
export function printedPool(generation: Generation, pool: Stored["cluster_pools"][number]): object {
  const { name, config, member_clusters, created_by, updated_by } = pool;
  const { object_store_ref, secret_store, image_registry } = config;
  return {
    id: idOf(name),
    ...(member_clusters.length > 0 && { memberClusters: member_clusters.map(idOf) }),
    config: {
      objectStoreRef: withoutEmpty(object_store_ref),
      secretStore: withoutEmpty({ ...secret_store, type: `SECRET_STORE_TYPE_${secret_store.type}` }),
      ...(image_registry && { imageRegistry: image_registry }),
    },
    ...(generation === "2026-11" &&
      created_by &&
      updated_by && { authorship: { createdBy: printedUser(created_by), updatedBy: printedUser(updated_by) } }),
  };
}

/** The part of what the client prints of a stored cluster that was written by someone: not what is derived. */
export function printedCluster(generation: Generation, cluster: Stored["clusters"][number]): object {
  const { name, pool, state, generation: count } = cluster;
  return {
    spec: { id: idOf(name), state: "STATE_ENABLED" },
    pool: idOf(pool),
    ...(generation === "2026-07"
      ? { pools: [idOf(pool)] }
      : { drainStatus: { overallState: `CLUSTER_STATE_${state.toUpperCase()}`, generation: `${count}` } }),
  };
}

/** What the client prints of a stored queue, but for its caps of accelerators, which have texts of their own. */
export function printedQueue(generation: Generation, queue: Stored["queues"][number]): object {
  const { name, state, spec, created_at, updated_at } = queue;
  const { max_accelerators: _, max_resources, scheduling, fairness, ...rest } = spec;
  const own = generation === "2026-07" ? { fairness } : { max_resources, scheduling };
  return { name, status: state, ...rest, ...own, created_at: timeOf(created_at), updated_at: timeOf(updated_at) };
}

function idOf(name: string): object {
  return { organization: ORG, name };
}

function printedUser({ name }: Author): object {
  const [firstName, lastName] = name.split(" ");
  return { user: { id: { subject: name }, spec: { firstName, lastName } } };
}

function withoutEmpty(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

/** As Python writes a time of day in UTC, in microseconds and without a zone. */
function timeOf(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  return text.endsWith(".000Z") ? text.slice(0, -5) : text.replace("Z", "000");
}
