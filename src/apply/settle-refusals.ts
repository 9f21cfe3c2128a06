import { OperationalError } from "../model/errors/operational-error.ts";
import type { RefusedChange } from "../model/ledger/refusal.ts";
import type { Step } from "../model/plan/step.ts";
import { isStillWanted } from "../plan/unfinished/handle-refusals.ts";
import type { ApplyContext } from "./apply-context.ts";

/** Records that a step has put its object back into service: if it is drained later, another writer did that. */
export async function noteTakenBack({ phase, kind, physical_name }: Step, { ledger }: Pick<ApplyContext, "ledger">) {
  if (phase !== "take-back") return;
  for (const refusal of await ledger.readRefusals()) {
    const { id, drained } = refusal;
    const left = drained.filter((object) => object.kind !== kind || object.name !== physical_name);
    if (left.length < drained.length) await ledger.replaceBody(id, describeKept(refusal, left));
  }
}

/**
 * Ends, at the addresses that a plan accounts for, the refusals of changes that it has applied or no longer wants. From the other refusals
 * there it removes objects that are back in service, as a run was killed before it did. `unfinished`: addresses with something left to do.
 */
export async function settleRefusals(
  { ledger, plan, reader }: Pick<ApplyContext, "ledger" | "plan" | "reader">,
  unfinished: ReadonlySet<string>,
): Promise<void> {
  const settled = new Set(plan.ownership.settle);
  const changes = new Map(plan.changes.map((change) => [change.address, change]));
  for (const refusal of await ledger.readRefusals()) {
    const { address, drained } = refusal;
    if (!settled.has(address)) continue;
    const isWanted = isStillWanted(refusal, address, changes.get(address)) && unfinished.has(address);
    if (!isWanted) await ledger.endRefusal(refusal.id);
    else if (drained.length > 0 && (await areBack(drained, reader))) {
      await ledger.replaceBody(refusal.id, describeKept(refusal, []));
    }
  }
}

function describeKept({ kind, wanted, grounds }: RefusedChange, drained: RefusedChange["drained"]): RefusedChange {
  return { kind, wanted, grounds, drained };
}

/** Whether all of them are in service; false where they cannot be read. */
async function areBack(drained: RefusedChange["drained"], reader: ApplyContext["reader"]): Promise<boolean> {
  try {
    for (const { kind, name } of drained) {
      const live = kind === "queue" ? await reader.getQueue(name) : await reader.getCluster(name);
      if (live?.state !== "active") return false;
    }
    return true;
  } catch (error) {
    if (error instanceof OperationalError) return false;
    throw error;
  }
}
