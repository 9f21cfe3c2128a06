import type { Ledger } from "../model/ledger/ledger.ts";
import type { Plan } from "../model/plan/plan.ts";
import { listLeftBehind } from "../plan/ownership/note-ownership.ts";

/**
 * Removes from a crash journal the registrations of the addresses that a plan has fully applied. True where the journal is empty then: what
 * other folders left unfinished stays, and what people have to decide about.
 */
export async function finishJournal(ledger: Ledger, plan: Pick<Plan, "ownership" | "notices">): Promise<boolean> {
  const { ownership } = plan;
  const done = new Set([...ownership.settle, ...ownership.claim.map(({ address }) => address), ...ownership.release]);
  let left = (await ledger.readOpenIntents()).length + (await ledger.readRefusals()).length + listLeftBehind(plan).size;
  for (const { address } of await ledger.readOwned()) {
    if (done.has(address)) await ledger.forgetOwned(address);
    else left += 1;
  }
  return left === 0;
}
