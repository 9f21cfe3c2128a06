import type { LedgerReader, UnderWay } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isNamedSettled, type NamedEffect } from "./is-settled.ts";

/**
 * The writes that earlier runs have sent without an answer, that are not seen to have arrived, and that may arrive yet. To be asked under
 * the lease: then nobody is left who sends more of them. What is read or written before they are over does not count: they land on it.
 */
export async function findUnderWay(
  ledger: Pick<LedgerReader, "readUnderWay">,
  { reader }: Pick<ApplyContext, "reader">,
): Promise<readonly UnderWay[]> {
  const found: UnderWay[] = [];
  for (const write of await ledger.readUnderWay()) if (!(await hasArrived(write, reader))) found.push(write);
  return found;
}

/** That some of it may arrive yet, as the OperationalError `write_under_way`; null: nothing is on its way. */
export function explainUnderWay(writes: readonly UnderWay[]): OperationalError | null {
  const [last] = writes.toSorted((one, other) => other.overInMs - one.overInMs);
  if (last === undefined) return null;
  const { op, address } = last.intent;
  const others = writes.length === 1 ? "" : ` and ${writes.length - 1} more`;
  return new OperationalError(
    "write_under_way",
    `A run that ended early has sent ${op} ${address}${others} and got no answer: it may still arrive, until ${last.over_at} at the latest. Nothing is written, and nothing counts as done, before that is over.`,
    { next: "wait", retryAfterMs: last.overInMs },
  );
}

/** Whether the effect of a write is there. What can't be told, as of rows, files and settings, is not. */
async function hasArrived({ intent }: UnderWay, reader: ApplyContext["reader"]): Promise<boolean> {
  const { wrote, physical_name, op } = intent;
  return wrote !== null && isNamedSettled({ ...wrote, physical_name, op: op as NamedEffect["op"] }, reader);
}
