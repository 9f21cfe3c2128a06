import type { Random } from "./random.ts";
import { dropReused, type Identified, LABELS, rename, type World } from "./world.ts";

/** Flyte's clusters, as a manifest wants them. */
export interface WorldFlyte extends Identified {
  /** The folder that its files are delivered to. */
  path: string;
  /** Labels that all of its clusters serve. */
  labels: string[];
  /** Ids of its clusters. */
  planes: string[];
  /** A Helm value that means nothing to poolkeeper. */
  replicas: number;
}

const NAMES = ["f1", "f2", "f3"] as const;
/** Folders of files; one more than objects, so that each can move. */
export const PATHS = ["d1", "d2", "d3", "deep/d4"] as const;
const PLANES = ["dp1", "dp2", "dp3"] as const;

export const FLYTE_CHANGES = {
  addFlyte: 3,
  removeFlyte: 2,
  moveFlyte: 3,
  swapFlyte: 1,
  takeOverFlyte: 3,
  renameFlyte: 2,
  flyteFields: 4,
} as const;
export type FlyteChange = keyof typeof FLYTE_CHANGES;

/** Changes one thing of Flyte's clusters. */
export function alterFlyte(world: World, change: FlyteChange, random: Random): void {
  const { flyte } = world;
  const free = PATHS.filter((path) => ![...flyte.values()].some((one) => one.path === path));
  const [path] = free;
  const names = [...flyte.keys()];
  const name = names.length === 0 ? null : random.pick(names);
  const object = name === null ? undefined : flyte.get(name);
  const unused = NAMES.filter((one) => !flyte.has(one));
  const draw = (on: string): WorldFlyte => ({
    ...{ id: world.next++, previously: null, path: on, replicas: 1 + random.below(9) },
    ...{ labels: drawSome(LABELS, random), planes: drawSome(PLANES, random) },
  });
  switch (change) {
    case "addFlyte":
      if (flyte.size < NAMES.length && path !== undefined) flyte.set(random.pick(unused), draw(random.pick(free)));
      return;
    case "removeFlyte":
      if (name !== null) flyte.delete(name);
      return;
    case "moveFlyte":
      if (object !== undefined) object.path = random.pick(free);
      return;
    case "swapFlyte": {
      const other = flyte.get(random.pick(names.length === 0 ? [""] : names));
      if (object === undefined || other === undefined) return;
      [object.path, other.path] = [other.path, object.path];
      return;
    }
    case "takeOverFlyte": {
      // Another object, which may have files of its own elsewhere, is put where one has gone.
      if (object === undefined || name === null) return;
      flyte.delete(name);
      const heir =
        random.chance(0.5) && flyte.size > 0
          ? random.pick([...flyte.keys()])
          : random.pick([...unused, name].filter((one) => !flyte.has(one)));
      flyte.set(heir, { ...(flyte.get(heir) ?? draw(object.path)), path: object.path });
      return;
    }
    case "renameFlyte":
      if (name !== null) rename(world, flyte, "f", random);
      return;
    case "flyteFields":
      if (object !== undefined) {
        Object.assign(object, { ...draw(object.path), id: object.id, previously: object.previously });
      }
      return;
  }
}

function drawSome<T>(all: readonly T[], random: Random): T[] {
  const some = all.filter(() => random.chance(0.6));
  return some.length > 0 ? some : [random.pick(all)];
}

/** No two of them stand in one folder. */
export function repairFlyte({ flyte }: World): void {
  dropReused(flyte);
  const taken = new Set<string>();
  for (const object of flyte.values()) {
    if (taken.has(object.path)) object.path = PATHS.find((path) => !taken.has(path)) ?? object.path;
    taken.add(object.path);
  }
}

/** The manifest of one of them. */
export function describeFlyte(name: string, { path, labels, planes, replicas, previously }: WorldFlyte): object {
  const credentials = (plane: string) => ({
    type: "file_path",
    tokenPath: `/var/run/credentials/${plane}_token`,
    certPath: `/var/run/credentials/${plane}_cacert`,
  });
  return {
    name,
    ...(previously !== null && { previously }),
    delivery: { path },
    flyteadmin: { replicaCount: replicas },
    configmap: {
      clusters: {
        labelClusterMap: Object.fromEntries(
          // Weights that are certain to sum to 1: the first takes all.
          labels.map((label) => [label, planes.map((id, at) => ({ id, weight: at === 0 ? 1 : 0 }))]),
        ),
        clusterConfigs: planes.map((plane) => ({
          ...{ name: plane, endpoint: `https://${plane}.example.com:443`, enabled: true },
          auth: credentials(plane),
        })),
      },
    },
  };
}
