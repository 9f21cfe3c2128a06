import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { Step } from "../../model/plan/step.ts";

/** The part of a step that its words are made of; `set` is left out where only its result is known. */
export type StepWords = Pick<Step, "op" | "kind" | "physical_name" | "until" | "phase"> & {
  readonly set?: Step["set"];
};

/** What a step does, in words: `move cluster edge to pool prod`. */
export function describeStep(step: StepWords): string {
  const object = `${KIND_DEFINITIONS[step.kind].inSteps} ${step.physical_name}`;
  const homes = step.set && "cluster_to_pool" in step.set ? Object.keys(step.set.cluster_to_pool) : null;
  if (homes !== null) return `register ${homes.join(", ")} in the pools of map ${step.physical_name}`;
  const pool = step.set && "pool" in step.set ? step.set.pool : null;
  switch (step.op) {
    case "create":
      if (step.kind !== "cluster") return `create ${object}`;
      return `register ${object}${pool === null ? "" : ` in pool ${pool}`}`;
    case "undelete":
      return `restore ${object}`;
    case "update":
      return describeUpdate(object, step);
    case "move":
      return `move ${object} to ${pool === null ? "another pool" : `pool ${pool}`}`;
    case "drain":
      return `drain ${object}`;
    case "activate":
      return step.phase === "take-back" ? `put ${object} back into service` : `activate ${object}`;
    case "delete":
      return `delete ${object}`;
    case "await":
      return `wait until ${object} is ${step.until}`;
  }
}

function describeUpdate(object: string, { phase, set }: StepWords): string {
  const clusters = set && "clusters" in set ? (set.clusters ?? []).join(", ") : "its members";
  switch (phase) {
    case "write-out":
      return `write ${object} out as ${clusters} temporarily`;
    case "restore":
      return `set ${object} back to *`;
    case "release":
      return `reduce ${object} to ${clusters}`;
    case "park":
      return `park ${object} on *`;
    default:
      return `update ${object}`;
  }
}
