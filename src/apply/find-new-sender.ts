import { OperationalError } from "../model/errors/operational-error.ts";
import { CAPABILITIES, type LiveQueue } from "../model/objects/live.ts";
import { IN_FLIGHT } from "../model/plan/foresight.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext } from "./apply-context.ts";

/**
 * Where clusters cannot be drained, checks right before the delete of one whether a queue sends to it that is not among the `waits` of this
 * delete, though others may wait for it: another writer created it, or pointed it there, while apply waited. Throws an OperationalError
 * `new_sender` then, as the queue's work would be lost.
 */
export async function refuseNewSender(
  step: Step,
  waits: readonly Step[],
  { plan, reader }: Pick<ApplyContext, "plan" | "reader">,
): Promise<void> {
  const isForced = isAllowed(plan.options.allow, { check: IN_FLIGHT, addresses: [step.address] });
  const isSafe = CAPABILITIES[plan.target.generation].cluster_state || isForced;
  if (step.kind !== "cluster" || step.op !== "delete" || isSafe) return;
  const cluster = await reader.getCluster(step.physical_name);
  if (cluster === undefined) return;
  const waited = new Set(waits.filter(({ until }) => until === "idle").map(({ physical_name }) => physical_name));
  const sends = ({ name, spec }: LiveQueue) =>
    !waited.has(name) &&
    (spec.clusters.includes(cluster.name) || (spec.clusters.includes("*") && spec.cluster_pool === cluster.pool));
  const sender = (await reader.listQueues("live")).find(sends);
  if (sender === undefined) return;
  throw new OperationalError(
    "new_sender",
    `queue ${sender.name} now sends to cluster ${cluster.name}, but did not when this was planned: its work would be lost. Plan again.`,
    { next: "stop" },
  );
}
