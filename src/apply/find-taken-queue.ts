import { formatAddress } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { CAPABILITIES } from "../model/objects/live.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import type { Step } from "../model/plan/step.ts";
import { listSome } from "../model/text/list-some.ts";
import { findTakenSelectors } from "../plan/risks/find-ownership-risks.ts";
import type { ApplyContext } from "./apply-context.ts";

/**
 * Where a new cluster takes over an existing queue of its name, checks right before the registration whether that queue sends to other clusters:
 * another writer created it, or pointed it there, since the plan checked the same (check `ownership`). Throws an OperationalError `queue_taken`
 * then, as the queue would send to the new cluster alone.
 */
export async function refuseTakenQueue(step: Step, { plan, reader, ledger }: ApplyContext): Promise<void> {
  const { address, kind, op, physical_name: name } = step;
  if (kind !== "cluster" || op !== "create" || CAPABILITIES[plan.target.generation].co_named_managed) return;
  const listOthers = findTakenSelectors({ owned: await ledger.readOwned() });
  const others = listOthers(name, await reader.getQueue(name));
  const failure = { check: "ownership", addresses: [address], concerns: [formatAddress("queue", name)] };
  if (others.length === 0 || isAllowed(plan.options.allow, failure)) return;
  throw new OperationalError(
    "queue_taken",
    `queue ${name} now sends to ${listSome(others)}, but did not when this was planned: it would become the queue of cluster ${name}. Plan again.`,
    { next: "stop" },
  );
}
