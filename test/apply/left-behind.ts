import { isDeepStrictEqual } from "node:util";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { isPutBack } from "../../src/model/plan/put-back.ts";
import { takePutBacks } from "../../src/plan/unfinished/put-backs.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import type { ServedWorld } from "./serve-world.ts";

/** The generation that these tests run on. */
export const GENERATION = "2026-11";

/** Of an object that is released when its manifest is gone. */
export const lifecycle = { ...LIFECYCLE, on_remove: "orphan" as const };

/** With all objects released where their manifests are removed. */
export function orphan(desired: Desired): Desired {
  const let_go = <T extends object>(objects: readonly T[]) => objects.map((object) => ({ ...object, lifecycle }));
  const { pools, clusters, queues } = desired;
  return { ...desired, pools: let_go(pools), clusters: let_go(clusters), queues: let_go(queues) };
}

export const PAST = orphan({
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("any", "pa", ["*"]), desiredQueue("extra", "pa", ["c1"])],
});

/** A folder without some of its clusters and queues. */
export const without = (desired: Desired, gone: readonly string[]): Desired => ({
  ...desired,
  clusters: desired.clusters.filter(({ name }) => !gone.includes(name)),
  queues: desired.queues.filter(({ name }) => !gone.includes(name)),
});

/** What these plans need to be allowed. */
export const ALLOWED = [
  ...["max-disruption-share", "empty-set", "other-folder", "contract", "black-hole", "protected", "unmanaged-pin"],
  ...["ownership", "references", "unseen-settings"],
];

/** What a plan reports as drained and left. */
export const leftBehind = ({ notices }: Plan) =>
  notices.flatMap(({ code, message }) => (code === "left-behind" ? [message] : []));

/** What takes no work, as `KIND NAME`. */
export async function listOut({ reader }: ServedWorld): Promise<readonly string[]> {
  const [clusters, queues] = [await reader.listClusters("live"), await reader.listQueues("live")];
  // The queue of a cluster is drained with it.
  const objects = [...clusters, ...queues.filter((queue) => !queue.cluster_managed)];
  return objects
    .filter(({ state }) => state === "drained" || state === "draining")
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** Plans and applies until nothing is left to do, four times at most, and gives the plan that says so. */
export async function settle(world: ServedWorld, desired: Desired, options: Partial<PlanOptions>): Promise<Plan> {
  let plan = await world.plan(desired, options);
  for (let turn = 0; turn < 4; turn += 1) {
    const back = plan.changes.filter(isPutBack).map(({ address }) => address);
    // As a pass does.
    const applied = plan.applyable ? plan : takePutBacks(plan, back);
    await world.apply(applied);
    const next = await world.plan(desired, options);
    // It changed nothing that a plan sees: each further turn would be the same.
    if (applied.steps.length === 0 && isDeepStrictEqual(next, plan)) return next;
    plan = next;
  }
  return plan;
}

/** What is out of service in the end though it was in service before, and is not reported. */
export async function listSilent(
  world: ServedWorld,
  { before, plan, wanted }: { before: readonly string[]; plan: Plan; wanted: readonly string[] },
): Promise<readonly string[]> {
  const told = leftBehind(plan).join("\n");
  const out = await listOut(world);
  return out.filter((name) => !before.includes(name) && !wanted.includes(name) && !told.includes(`${name} was`));
}

/** Puts an object back into service, as its owner would. */
export async function activate(world: ServedWorld, name: string): Promise<void> {
  const [kind, physical = ""] = name.split(" ");
  if (kind === "queue") {
    const queue = await world.reader.getQueue(physical);
    return world.writer.setQueueState(physical, "active", queue?.generation ?? "");
  }
  const cluster = await world.reader.getCluster(physical);
  await world.writer.setClusterState(physical, "active", cluster?.generation ?? "");
}

/** Drains a queue, as another writer would. */
export async function drain(world: ServedWorld, name: string): Promise<void> {
  const { generation = "" } = (await world.reader.getQueue(name)) ?? {};
  await world.writer.setQueueState(name, "draining", generation);
}

/** Backs the store up and restores it as it is. */
export async function restoreNow(world: ServedWorld): Promise<void> {
  const database = await openDatabase(world.storeDir ?? "");
  const backup: StoredRow[] = [];
  for await (const row of database.snapshot()) backup.push(row);
  await database.restore(
    (async function* () {
      yield* backup;
    })(),
    true,
  );
  await database.close();
}
