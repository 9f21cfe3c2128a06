import type { Address } from "../model/address.ts";
import type { JournalEntry, Ledger, OwnWrite } from "../model/ledger/ledger.ts";
import { isOnTheWay, listOwnDrains } from "../model/ledger/own-drains.ts";
import type { Op } from "../model/plan/step.ts";
import type { Applying } from "../plan/policy/show-applying.ts";

/** The writes of one pass of this process, as it makes them: known also where the store can't be asked. */
export interface FollowedWrites {
  /** The ledger as the pass writes it; what it journals is followed. */
  follow<Written extends Omit<Ledger, "close">>(ledger: Written): Written;
  /** As the store shows it once it has all of this; null: the pass has sent nothing. */
  applying(): Applying | null;
}

interface Followed {
  readonly entry: JournalEntry;
  isSent: boolean;
  hasArrived: boolean;
}

/**
 * Follows the writes of a pass. What earlier passes have drained is read from the ledger once, before the first write. How a write
 * ended is known also where it could not be journaled.
 */
export function followWrites(): FollowedWrites {
  let earlier: readonly OwnWrite[] | null = null;
  /** Oldest first. */
  const own = new Map<string, Followed>();
  let since: string | null = null;
  let lastWriteAt: string | null = null;
  const noteArrived = (id: string) => {
    const write = own.get(id);
    if (write === undefined) return;
    write.hasArrived = true;
    const { at } = write.entry;
    if (lastWriteAt === null || at > lastWriteAt) lastWriteAt = at;
  };
  const noteInPlace = (id: string) => {
    const write = own.get(id);
    if (write !== undefined) write.hasArrived = true;
  };
  const noteSettled = (address: Address) => {
    earlier = earlier?.filter((write) => write.address !== address) ?? null;
    for (const [id, { entry }] of own) if (entry.address === address) own.delete(id);
  };
  return {
    follow: (ledger) => ({
      ...ledger,
      recordIntent: async (entry, change) => {
        earlier ??= await ledger.readOwnWrites();
        const id = await ledger.recordIntent(entry, change);
        own.set(id, { entry, isSent: false, hasArrived: false });
        return id;
      },
      recordSent: async (id, writeMs) => {
        await ledger.recordSent(id, writeMs);
        const write = own.get(id);
        if (write === undefined) return;
        write.isSent = true;
        since ??= write.entry.at;
      },
      recordOutcome: async (id, outcome, message) => {
        if (outcome === "confirmed") noteArrived(id);
        if (outcome === "in_place") noteInPlace(id);
        if (outcome === "failed") own.delete(id);
        await ledger.recordOutcome(id, outcome, message);
      },
      recordChange: async (id, result) => {
        if (result !== "unanswered") noteArrived(id);
        await ledger.recordChange(id, result);
      },
      settleOwnWrites: async (address) => {
        await ledger.settleOwnWrites(address);
        noteSettled(address);
      },
    }),
    applying: () => {
      if (since === null) return null;
      const drains = listOwnDrains([...(earlier ?? []), ...listSent(own)]).filter(isOnTheWay);
      return {
        since,
        last_write_at: lastWriteAt ?? since,
        out_of_service: [...new Set(drains.map(({ address }) => address))].sort(),
      };
    },
  };
}

function listSent(own: ReadonlyMap<string, Followed>): readonly OwnWrite[] {
  return [...own.values()].flatMap(({ entry: { wrote, address, physical_name, op, phase }, isSent, hasArrived }) =>
    wrote === null || !isSent
      ? []
      : [{ ...wrote, address, physical_name, op: op as Op, phase, has_arrived: hasArrived }],
  );
}
