import type { Kind } from "../model/address.ts";
import { type JsonObject, phaseOf, type Step } from "../model/plan.ts";

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  cluster_pool: "pool",
  cluster: "cluster",
  queue: "queue",
  settings: "settings of",
  cluster_pool_map: "pool map",
  cluster_pool_attributes: "cluster pool attributes of",
  flyte_clusters: "Flyte clusters",
  execution_cluster_label: "label of",
};

/** What a step does, in words: `move cluster edge to pool prod`. */
export function describeStep(step: Pick<Step, "op" | "kind" | "physical_name" | "until" | "set" | "id">): string {
  const object = `${KIND_WORDS[step.kind]} ${step.physical_name}`;
  switch (step.op) {
    case "create":
      if (step.kind === "cluster_pool_map") return describeBulk(step);
      return step.kind === "cluster" ? `register ${object} in pool ${step.set?.pool}` : `create ${object}`;
    case "undelete":
      return `restore ${object}`;
    case "update":
      if (step.kind === "cluster_pool_map") return describeBulk(step);
      return describeUpdate(object, step.set, step.id);
    case "move":
      return `move ${object} to pool ${step.set?.pool}`;
    case "drain":
      return `drain ${object}`;
    case "activate":
      return phaseOf(step.id) === "take-back" ? `put ${object} back into service` : `activate ${object}`;
    case "delete":
      return `delete ${object}`;
    case "await":
      return `wait until ${object} is ${step.until}`;
  }
}

function describeBulk({ set, physical_name }: Pick<Step, "set" | "physical_name">): string {
  return `register ${Object.keys(set?.cluster_to_pool ?? {}).join(", ")} in the pools of map ${physical_name}`;
}

function describeUpdate(object: string, set: JsonObject | null, id: string): string {
  const clusters = Array.isArray(set?.clusters) ? set.clusters.join(", ") : "";
  switch (phaseOf(id)) {
    case "write-out":
      return `write ${object} out as ${clusters} temporarily`;
    case "restore":
      return `set ${object} back to *`;
    case "release":
      return `reduce ${object} to ${clusters}`;
    case "park":
      return `park ${object} on *`;
    case "let-go":
    case "take-back":
    case null:
      return `update ${object}`;
  }
}
