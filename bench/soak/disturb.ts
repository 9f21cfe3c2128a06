import type { State } from "../../src/embedded/state.ts";
import type { Random } from "./random.ts";
import { drawRowDrift } from "./rows.ts";
import type { Stage } from "./stage.ts";
import { STRANGERS } from "./strangers.ts";
import { CLUSTERS, QUEUES } from "./world.ts";

/** Changes something that is ours behind poolkeeper's back. Tells what; null where there is nothing to change. */
export async function drift(stage: Stage, random: Random): Promise<string | null> {
  const { state } = stage.controlPlane.model;
  const mutation = random.chance(0.2) ? drawRowDrift(stage, random) : drawDrift(state, random);
  if (mutation === null) return null;
  await stage.disturb("POST", "/mutate", mutation);
  return JSON.stringify(mutation);
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

/** Only what someone with the rights could bring about: the rest of a control plane's rules hold for everyone. */
function drawDrift(state: State, random: Random): object | null {
  const kind = random.weigh(DRIFTS);
  const queue = drawActive(state, "queue", QUEUES, random);
  const cluster = drawActive(state, "cluster", CLUSTERS, random);
  const depth = 1_000 + random.below(500);
  const hasStates = state.generation === "2026-11";
  if (kind === "setting")
    return state.setting.rows.has("") ? { ...MEMORY_LIMIT, value: `${random.below(99) + 1}Gi` } : null;
  if (queue === null || cluster === null) return null;
  switch (kind) {
    case "depth":
      return { op: "set", kind: "queue", name: random.chance(0.7) ? queue : cluster, path: "depth", value: depth };
    case "selector":
      return { op: "set", kind: "queue", name: queue, path: "clusters", value: random.chance(0.3) ? [] : [cluster] };
    case "queueState":
      return hasStates ? { op: "set", kind: "queue", name: queue, path: "state", value: "drained" } : null;
    case "clusterState":
      return hasStates ? { op: "set", kind: "cluster", name: cluster, path: "state", value: "drained" } : null;
    case "queueGone":
      return hasStates ? { op: "set", kind: "queue", name: queue, path: "state", value: "deleted" } : null;
    case "clusterGone":
      return hasStates ? null : { op: "delete", kind: "cluster", name: cluster };
    case "pool":
      return hasStates ? { op: "set", kind: "cluster", name: cluster, path: "cluster_pool", value: "default" } : null;
  }
}

const MEMORY_LIMIT = { op: "set", kind: "settings", name: "", path: "task_resource.max.memory" } as const;

/** One of ours that is in service, under whatever name it has by now. */
function drawActive(state: State, table: "queue" | "cluster", names: readonly string[], random: Random): string | null {
  const ours = state[table].keys.filter(
    (key) => names.includes(key.replace(/-.*/, "")) && state[table].rows.get(key)?.state === "active",
  );
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
export function killAfterCommits({ controlPlane, daemon }: Stage, commits: number): { disarm(): void } {
  let left = commits;
  const count = () => {
    left -= 1;
    if (left > 0) return;
    disarm();
    daemon.kill();
  };
  const ends = [controlPlane.model.subscribe(count), controlPlane.flyteadmin.subscribe(count)];
  const disarm = () => {
    for (const end of ends) end();
  };
  return { disarm };
}
