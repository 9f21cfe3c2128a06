import type { Ledger } from "../model/ledger.ts";
import type { Plan } from "../model/plan.ts";

/**
 * Forgets, in a crash journal, the registrations of what a plan was carried out in full for. True where nothing at all is left in
 * it: what other folders left unfinished stays.
 */
export async function finishJournal(ledger: Ledger, { ownership }: Pick<Plan, "ownership">): Promise<boolean> {
  const done = new Set([...ownership.settle, ...ownership.claim.map(({ address }) => address), ...ownership.release]);
  let left = (await ledger.readOpenIntents()).length + (await ledger.readRefusals()).length;
  for (const { address } of await ledger.readOwned()) {
    if (done.has(address)) await ledger.forgetOwned(address);
    else left += 1;
  }
  return left === 0;
}
