import { OperationalError } from "../model/errors/operational-error.ts";
import type { LedgerReader, UnderWay } from "../model/ledger/ledger.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isNamedSettled, type NamedEffect } from "./is-settled.ts";

/**
 * The writes of earlier runs that were sent, not answered, are not visible yet, and may still arrive. Call it under the lease: then no other
 * run sends more of them. What is read or written before their time is over does not count, as they may overwrite it.
 */
export async function findUnderWay(
  ledger: Pick<LedgerReader, "readUnderWay">,
  { reader }: Pick<ApplyContext, "reader">,
): Promise<readonly UnderWay[]> {
  const found: UnderWay[] = [];
  for (const write of await ledger.readUnderWay()) if (!(await hasArrived(write, reader))) found.push(write);
  return found;
}

/** The OperationalError `write_under_way` where some write may still arrive; null: none is in flight. */
export function explainUnderWay(writes: readonly UnderWay[]): OperationalError | null {
  const [last] = writes.toSorted((one, other) => other.overInMs - one.overInMs);
  if (last === undefined) return null;
  const { op, address } = last.intent;
  const others = writes.length === 1 ? "" : ` and ${writes.length - 1} more`;
  return new OperationalError(
    "write_under_way",
    `An interrupted run sent ${op} ${address}${others} and got no response: it may still be applied, until ${last.over_at} at the latest. Until then nothing is written, and nothing counts as done.`,
    { next: "wait", retryAfterMs: last.overInMs },
  );
}

/** Whether the effect of a write is live. Where that is unknown, as of rows, files and settings, it counts as not live. */
async function hasArrived({ intent }: UnderWay, reader: ApplyContext["reader"]): Promise<boolean> {
  const { wrote, physical_name, op } = intent;
  return wrote !== null && isNamedSettled({ ...wrote, physical_name, op: op as NamedEffect["op"] }, reader);
}
