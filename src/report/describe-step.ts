import type { Kind } from "../model/address.ts";
import type { JsonObject, Step } from "../model/plan.ts";

const KIND_WORDS: Readonly<Record<Kind, string>> = { cluster_pool: "pool", cluster: "cluster", queue: "queue" };

/** What a step does, as one would tell a colleague: `move cluster edge to pool prod`. */
export function describeStep(step: Pick<Step, "op" | "kind" | "physical_name" | "until" | "set" | "id">): string {
  const object = `${KIND_WORDS[step.kind]} ${step.physical_name}`;
  switch (step.op) {
    case "create":
      return step.kind === "cluster" ? `register ${object} in pool ${step.set?.pool}` : `create ${object}`;
    case "undelete":
      return `restore ${object}`;
    case "update":
      return describeUpdate(object, step.set, step.id);
    case "move":
      return `move ${object} to pool ${step.set?.pool}`;
    case "drain":
      return `drain ${object}`;
    case "activate":
      return `activate ${object}`;
    case "delete":
      return `delete ${object}`;
    case "await":
      return `wait until ${object} is ${step.until}`;
  }
}

function describeUpdate(object: string, set: JsonObject | null, id: string): string {
  const clusters = Array.isArray(set?.clusters) ? set.clusters.join(", ") : "";
  if (id.endsWith("/write-out")) return `write ${object} out as ${clusters} for the time being`;
  if (id.endsWith("/restore")) return `set ${object} back to *`;
  if (id.endsWith("/release")) return `let ${object} go on with ${clusters} only`;
  if (id.endsWith("/park")) return `park ${object} on *`;
  return `update ${object}`;
}
