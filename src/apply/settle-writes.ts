import type { Address } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { isOnTheWay, listOwnDrains } from "../model/ledger/own-drains.ts";
import type { DrainedObject } from "../model/ledger/refusal.ts";
import { listLeftBehind } from "../plan/ownership/note-ownership.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isOutOfService } from "./is-out-of-service.ts";

/** What is needed to end what is on record of own writes. */
export type SettlingWrites = Pick<ApplyContext, "ledger" | "plan" | "reader">;

/**
 * Ends what is on record of the writes for an address: they count as applied, or as undone. Where the plan leaves something to people that was
 * drained there, the record stays until that is in service again: nothing else knows who has drained it.
 */
export async function settleWrites(address: Address, settling: SettlingWrites): Promise<void> {
  const { ledger, plan } = settling;
  if (listLeftBehind(plan).has(address) && (await hasDrained(address, settling))) return;
  await ledger.settleOwnWrites(address);
}

/** The same at the settled addresses where another writer has put back into service what was drained on the way. */
export async function settleReturned(settling: SettlingWrites, unfinished: ReadonlySet<string>): Promise<void> {
  const { ledger, plan } = settling;
  const settled = new Set(plan.ownership.settle);
  const drains = listOwnDrains(await ledger.readOwnWrites()).filter(isOnTheWay);
  for (const address of new Set(drains.map((drain) => drain.address))) {
    if (!settled.has(address) || unfinished.has(address) || (await hasDrained(address, settling))) continue;
    await ledger.settleOwnWrites(address);
  }
}

async function hasDrained(address: Address, { ledger, reader }: SettlingWrites): Promise<boolean> {
  const drains = listOwnDrains(await ledger.readOwnWrites()).filter(isOnTheWay);
  for (const drain of drains) if (drain.address === address && (await mayBeOut(drain, reader))) return true;
  return false;
}

/** Whether an object is out of service, or that is unknown. */
export async function mayBeOut(object: DrainedObject, reader: ApplyContext["reader"]): Promise<boolean> {
  try {
    return await isOutOfService(object, reader);
  } catch (error) {
    if (error instanceof OperationalError) return true;
    throw error;
  }
}
