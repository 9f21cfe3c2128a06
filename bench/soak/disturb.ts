import { existsSync, watch } from "node:fs";
import type { State } from "../../src/embedded/state/state.ts";
import { type ByHand, drawFileDrift } from "./delivered-files.ts";
import type { Random } from "./random.ts";
import { drawRowDrift } from "./rows.ts";
import type { Stage } from "./stage.ts";
import { STRANGERS } from "./strangers.ts";
import type { World } from "./world.ts";

/** Changes something that is ours behind poolkeeper's back. Tells what; null where there is nothing to change. */
export async function drift(
  stage: Stage,
  { byHand, world }: { readonly byHand: ByHand; readonly world: Pick<World, "ignoresStates"> },
  random: Random,
): Promise<string | null> {
  if (random.chance(0.15)) return drawFileDrift(stage, byHand, random);
  const { state } = stage.controlPlane.model;
  const row = random.chance(0.2) ? drawRowDrift(stage, random) : null;
  const mutations = row !== null ? [row] : drawDrift(state, world, random);
  for (const mutation of mutations) await stage.disturb("POST", "/mutate", mutation);
  return mutations.length === 0 ? null : mutations.map((mutation) => JSON.stringify(mutation)).join(" ");
}

const DRIFTS = {
  depth: 6,
  selector: 3,
  queueState: 3,
  clusterState: 2,
  queueGone: 2,
  clusterGone: 1,
  pool: 1,
  setting: 3,
};

/**
 * Only what someone with the rights could bring about: the rest of a control plane's rules hold for everyone. A cluster is drained and moved with the
 * queue of its name, and while no other queue names it.
 */
function drawDrift(state: State, { ignoresStates }: Pick<World, "ignoresStates">, random: Random): readonly object[] {
  const kind = random.weigh(DRIFTS);
  const queue = drawActive(state, "queue", random);
  const cluster = drawActive(state, "cluster", random);
  const depth = 1_000 + random.below(500);
  const hasStates = state.generation === "2026-11";
  if (kind === "setting")
    return state.setting.rows.has("") ? [{ ...MEMORY_LIMIT, value: `${random.below(99) + 1}Gi` }] : [];
  if (queue === null || cluster === null) return [];
  const set = (of: "queue" | "cluster", name: string, path: string, value: unknown) => ({
    op: "set",
    kind: of,
    name,
    path,
    value,
  });
  const pins = [...(state.by.pins.get(cluster) ?? [])];
  const isFree = pins.every((name) => name === cluster);
  const members = [...(state.by.members.get(state.queue.rows.get(queue)?.spec.cluster_pool ?? "") ?? [])].sort();
  switch (kind) {
    case "depth":
      return [set("queue", random.chance(0.7) ? queue : cluster, "depth", depth)];
    case "selector":
      return [
        set("queue", queue, "clusters", random.chance(0.3) || members.length === 0 ? [] : [random.pick(members)]),
      ];
    case "queueState":
      return hasStates && !ignoresStates ? [set("queue", queue, "state", "drained")] : [];
    case "clusterState":
      return hasStates && !ignoresStates && isFree
        ? [set("cluster", cluster, "state", "drained"), set("queue", cluster, "state", "drained")]
        : [];
    case "queueGone":
      return hasStates ? [set("queue", queue, "state", "deleted")] : [];
    case "clusterGone":
      // It vanishes from every selector that names it.
      return hasStates
        ? []
        : [
            { op: "delete", kind: "cluster", name: cluster },
            ...pins.map((name) =>
              set(
                "queue",
                name,
                "clusters",
                selectorOf(state, name).filter((one) => one !== cluster),
              ),
            ),
          ];
    case "pool":
      return hasStates && isFree
        ? [set("cluster", cluster, "cluster_pool", "default"), set("queue", cluster, "cluster_pool", "default")]
        : [];
  }
}

function selectorOf({ queue }: State, name: string): readonly string[] {
  return queue.rows.get(name)?.spec.clusters ?? [];
}

const MEMORY_LIMIT = { op: "set", kind: "settings", name: "", path: "task_resource.max.memory" } as const;

/** One of ours that is in service, under whatever name it has by now. */
function drawActive(state: State, table: "queue" | "cluster", random: Random): string | null {
  const isOurs = table === "queue" ? /^q\d+(-|$)/ : /^c\d+(-|$)/;
  const ours = state[table].keys.filter((key) => isOurs.test(key) && state[table].rows.get(key)?.state === "active");
  return ours.length === 0 ? null : random.pick(ours);
}

const CODES = ["unavailable", "resource_exhausted", "aborted", "deadline_exceeded", "internal"];
const WRITES = [
  "CreateQueue",
  "UpdateQueue",
  "DeleteQueue",
  "CreateCluster",
  "UpdateQueueState",
  "Create",
  "DeleteCluster",
  ...["UpdateProjectAttributes", "UpdateProjectDomainAttributes", "UpdateWorkflowAttributes"],
  ...["DeleteProjectAttributes", "DeleteProjectDomainAttributes"],
];
const READS = ["*", "ListMatchableAttributes", "ListQueues", "ListClusters", "List", "GetSettingsForEdit"];
const FAULTS = { code: 4, drop_after_commit: 4, drop: 2, hang: 1, delay_ms: 3 };

/** Makes some of the next calls fail, in one way or another. Tells how. */
export async function breakCalls(stage: Stage, random: Random): Promise<string> {
  const how = random.weigh(FAULTS);
  const method = random.chance(how === "drop_after_commit" ? 0.9 : 0.5) ? random.pick(WRITES) : random.pick(READS);
  const value = how === "code" ? random.pick(CODES) : how === "delay_ms" ? 20 + random.below(400) : true;
  const count = how === "hang" ? 1 : 1 + random.below(3);
  const fault = { method, [how]: value, count, after: random.below(3) };
  await stage.disturb("POST", "/faults", fault);
  return JSON.stringify(fault);
}

/** Gives a queue of ours work that is done a little later. Tells which; null where there is none. */
export async function startWork(stage: Stage, random: Random): Promise<string | null> {
  const { queue } = stage.controlPlane.model.state;
  const names = queue.keys.filter((key) => !STRANGERS.has(key) && queue.rows.get(key)?.state === "active");
  if (names.length === 0) return null;
  const work = { queue: random.pick(names), runs: 1 + random.below(8), depth: random.below(4) };
  await stage.disturb("POST", "/inflight", work);
  return JSON.stringify(work);
}

/**
 * Kills the daemon (-9) right after the control plane has committed so many changes from now on, before it answers: where it hurts
 * most. `disarm` takes that back.
 */
export function killAfterCommits({ controlPlane, daemon, delivered }: Stage, commits: number): { disarm(): void } {
  let left = commits;
  const count = () => {
    left -= 1;
    if (left > 0) return;
    disarm();
    daemon.kill();
  };
  const ends = [controlPlane.model.subscribe(count), controlPlane.flyteadmin.subscribe(count)];
  // Files count as well: also those that are under way to be one.
  const watcher = existsSync(delivered) ? watch(delivered, { recursive: true }, count) : null;
  watcher?.on("error", () => watcher.close());
  const disarm = () => {
    watcher?.close();
    for (const end of ends) end();
  };
  return { disarm };
}
