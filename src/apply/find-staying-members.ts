import { OperationalError } from "../model/errors/operational-error.ts";
import { isGone } from "../model/objects/live.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { Step } from "../model/plan/step.ts";
import { listSome } from "../model/text/list-some.ts";
import type { ApplyContext, TargetTools } from "./apply-context.ts";

/** Who stays in the pool of a cluster that a plan takes out of it. */
export interface Staying {
  readonly pool: string;
  /** Not empty. */
  readonly names: readonly string[];
}

/** By the name of each cluster that leaves; none where a plan leaves its pool without a cluster, or brings another one there. */
export type StayingMembers = ReadonlyMap<string, Staying>;

/** Reads who stays in the pools that a plan takes clusters out of. To be called before its first write: this is what the plan counts on. */
export async function readStayingMembers(
  { steps }: Pick<Plan, "steps">,
  { reader }: Pick<TargetTools, "reader">,
): Promise<StayingMembers> {
  const leaving = new Set(steps.filter(isLeaving).map(({ physical_name }) => physical_name));
  if (leaving.size === 0) return new Map();
  const joined = new Set(steps.flatMap(listJoined));
  const members = Map.groupBy(await reader.listClusters("live"), ({ pool }) => pool);
  const staying = [...members].flatMap(([pool, clusters]): readonly (readonly [string, Staying])[] => {
    const names = clusters.map(({ name }) => name);
    const others = names.filter((name) => !leaving.has(name));
    if (joined.has(pool) || others.length === 0) return [];
    return names.filter((name) => leaving.has(name)).map((name) => [name, { pool, names: others }]);
  });
  return new Map(staying);
}

/**
 * Checks right before a cluster leaves its pool, or is drained for it, whether one of those that were to stay there is there still: other writers
 * may have taken them out while apply waited. Throws an OperationalError `members_changed` where none is, as the pool would be left without a
 * cluster, which nothing has shown.
 */
export async function refuseEmptied(step: Step, { plan, reader, staying }: ApplyContext): Promise<void> {
  if (step.kind !== "cluster" || (step.op !== "drain" && !isLeaving(step))) return;
  const counted = (await staying).get(step.physical_name);
  if (counted === undefined || isAllowed(plan.options.allow, { check: "black-hole", addresses: [step.address] }))
    return;
  const { pool, names } = counted;
  for (const name of names) {
    const cluster = await reader.getCluster(name);
    if (cluster !== undefined && !isGone(cluster.state) && cluster.pool === pool) return;
  }
  throw new OperationalError(
    "members_changed",
    `pool ${pool} would be left without a cluster: ${listSome(names)} stayed there when this was planned, and ${names.length === 1 ? "is" : "are"} not there any more. Plan again.`,
    { next: "stop" },
  );
}

function isLeaving({ kind, op }: Step): boolean {
  return kind === "cluster" && (op === "delete" || op === "move");
}

/** The pools that a step brings a cluster to. */
function listJoined(step: Step): readonly string[] {
  return step.kind === "cluster" && (step.op === "create" || step.op === "move") ? [step.set.pool] : [];
}
