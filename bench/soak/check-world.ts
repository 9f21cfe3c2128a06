import { isDeepStrictEqual } from "node:util";
import type { State } from "../../src/embedded/state/state.ts";
import { readRowName } from "./rows.ts";
import type { Stage } from "./stage.ts";
import type { World, WorldCluster, WorldPool, WorldQueue } from "./world.ts";

/** Address to the name on the control plane. */
export type Names = ReadonlyMap<string, string>;

/**
 * Whether the control plane is as the world wants it, told by its state and the names on record alone: no code that reads manifests or
 * plans has a say.
 */
export function checkWorld({ controlPlane }: Stage, world: World, names: Names): readonly string[] {
  const { state } = controlPlane.model;
  const found: string[] = [];
  const judge = (what: string, have: unknown, want: unknown) => {
    if (!isDeepStrictEqual(have, want))
      found.push(`${what} is ${JSON.stringify(have)} in place of ${JSON.stringify(want)}`);
  };
  const nameOf = (kind: string, name: string) =>
    name === "default" ? name : (names.get(`${kind}.${name}`) ?? `?${name}`);
  for (const [name, { bucket, locator }] of world.pools) {
    const { config, deleted_at } = state.pool.rows.get(nameOf("cluster_pool", name)) ?? {};
    judge(
      `pool ${name}`,
      [config?.object_store_ref.uri, config?.secret_store.locator, deleted_at],
      [`s3://bucket-${bucket}`, locator, null],
    );
  }
  for (const [name, cluster] of world.clusters) {
    const physical = nameOf("cluster", name);
    const pool = nameOf("cluster_pool", cluster.pool);
    judge(`cluster ${name}`, describeCluster(state, physical), describeWanted(cluster, pool, physical, state));
  }
  for (const [name, queue] of world.queues) {
    const pool = nameOf("cluster_pool", queue.pool);
    const members = queue.clusters.map((cluster) => nameOf("cluster", cluster));
    judge(`queue ${name}`, describeQueue(state, nameOf("queue", name)), describeWantedQueue(queue, pool, members));
  }
  for (const [scope, values] of Object.entries(listSettings(world, (name) => nameOf("queue", name)))) {
    const own = state.setting.rows.get(scope)?.values ?? {};
    judge(`settings of "${scope}"`, sort(own), sort(values));
  }
  found.push(...findShared(names));
  return found;
}

function describeCluster({ cluster, queue }: State, name: string) {
  const record = cluster.rows.get(name);
  const own = queue.rows.get(name);
  return [
    record?.pool,
    record?.state,
    own?.state,
    own?.spec.cluster_pool,
    own?.spec.clusters,
    own?.spec.run_concurrency,
  ];
}

function describeWanted({ drained, runConcurrency }: WorldCluster, pool: string, name: string, { queue }: State) {
  const state = drained ? "drained" : "active";
  // A limit that the manifest leaves out is left as it is.
  const limit = runConcurrency ?? queue.rows.get(name)?.spec.run_concurrency;
  return [pool, state, state, pool, [name], limit];
}

function describeQueue({ queue }: State, name: string) {
  const { spec, state } = queue.rows.get(name) ?? {};
  const { cluster_pool, clusters = [], run_concurrency, action_concurrency, depth, priority } = spec ?? {};
  return [cluster_pool, [...clusters].sort(), state, run_concurrency, action_concurrency, depth, priority];
}

function describeWantedQueue({ depth, priority, drained }: WorldQueue, pool: string, members: readonly string[]) {
  const clusters = members.length === 0 ? ["*"] : [...members].sort();
  return [pool, clusters, drained ? "drained" : "active", 20, 400, depth, priority];
}

function listSettings({ memoryLimit, defaultQueue, projectQueue }: World, nameOf: (queue: string) => string) {
  const queue = (name: string | null) => (name === null ? {} : { "run.default_queue": nameOf(name) });
  return {
    "": { "task_resource.max.memory": `${memoryLimit}Gi` },
    development: { "task_resource.max.cpu": "16", ...queue(defaultQueue) },
    "development/project1": queue(projectQueue),
  };
}

function sort(values: object): unknown {
  return Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** One registration stands for one object. */
function findShared(names: Names): readonly string[] {
  const registered = [...names].map(([address, name]) => ({ address, at: `${address.replace(/\..*/, "")}.${name}` }));
  const groups = [...Map.groupBy(registered, ({ at }) => at)].filter(([, all]) => all.length > 1);
  return groups.map(([at, all]) => `${at} stands for ${all.map(({ address }) => address).join(" and ")}`);
}

/** An object as it stood at a rest, or in a commit. */
interface Standing {
  readonly name: string;
  readonly pool: string;
  readonly previously: string | null;
}

function describeStanding(name: string, object: WorldPool | WorldCluster | WorldQueue): Standing {
  return { name, pool: "pool" in object ? object.pool : "", previously: object.previously };
}

/**
 * Whoever keeps its manifest and its pool keeps its registration, also under another name where `previously` gives the former one, and
 * where that is taken back. `worlds` are what was wanted at the former rest and in each commit since; `before` and `after` the names then and now.
 */
export function checkKept(
  worlds: readonly World[],
  before: Names,
  after: Names,
  vanished: ReadonlySet<string>,
): readonly string[] {
  return (["pools", "clusters", "queues"] as const).flatMap((kind) => {
    const histories = worlds.map(
      (world) => new Map([...world[kind]].map(([name, object]) => [object.id, describeStanding(name, object)])),
    );
    const first = histories[0] ?? new Map<number, Standing>();
    return [...first].flatMap(([id, from]): readonly string[] => {
      const standings = histories.map((history) => history.get(id));
      const to = standings.at(-1);
      if (to === undefined || standings.some((one) => one === undefined || one.pool !== from.pool)) return [];
      const called = new Set([from.name, ...standings.flatMap((one) => one?.name ?? [])]);
      const isRenamed = to.name !== from.name;
      if (
        called.size > (isRenamed ? 2 : 1) ||
        (isRenamed && to.previously !== from.name && from.previously !== to.name)
      )
        return [];
      // Somebody else was called so meanwhile: a commit that left it out was not seen, maybe.
      const others = worlds
        .slice(1)
        .some((world) => [...called].some((name) => (world[kind].get(name)?.id ?? id) !== id));
      if (others || (isRenamed && worlds[0]?.[kind].has(to.name))) return [];
      const singular = kind === "pools" ? "cluster_pool" : kind.slice(0, -1);
      const was = before.get(`${singular}.${from.name}`);
      const is = after.get(`${singular}.${to.name}`);
      if (was === undefined || vanished.has(was) || was === is) return [];
      return [`${singular} ${from.name}, now ${to.name}, was ${was} and is ${is}`];
    });
  });
}

/** Addresses of everything that a world wants. */
export function listWanted(
  { pools, clusters, queues, rows, flyte, projectQueue }: World,
  org: string,
): readonly string[] {
  const all = (kind: string, objects: ReadonlyMap<string, unknown>) =>
    [...objects.keys()].map((name) => `${kind}.${name}`);
  const kinds = {
    "cluster-pool-attributes": "cluster_pool_attributes",
    "execution-cluster-labels": "execution_cluster_label",
  };
  const scopes = [org, `${org}/development`, ...(projectQueue === null ? [] : [`${org}/development/project1`])];
  return [
    ...all("cluster_pool", pools),
    ...all("cluster", clusters),
    ...all("queue", queues),
    ...all("flyte_clusters", flyte),
    ...scopes.map((scope) => `settings.${scope}`),
    ...[...rows.keys()].map(readRowName).map(({ folder, scope }) => `${kinds[folder]}.${scope}`),
  ];
}
