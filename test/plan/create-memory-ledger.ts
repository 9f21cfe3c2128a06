import type { Address } from "../../src/model/address.ts";
import type { JournalEntry, Ledger, OpenIntent, OwnedObject } from "../../src/model/ledger.ts";

/** A ledger in memory: what a store does, without its durability, so that thousands of runs are cheap. */
export function createMemoryLedger(): Ledger {
  const owned = new Map<string, OwnedObject>();
  const intents = new Map<string, { entry: JournalEntry; status: OpenIntent["status"] }>();
  const writes: Record<string, string> = {};
  const drained = new Set<Address>();
  let entries = 0;
  const noteService = ({ address, op }: JournalEntry) => {
    if (op === "drain") drained.add(address);
    else if (op === "create" || op === "undelete" || op === "activate") drained.delete(address);
  };
  return {
    readOwned: async () => [...owned.values()].sort((left, right) => (left.address < right.address ? -1 : 1)),
    recordOwned: async (object) => void owned.set(object.address, object),
    recordAllOwned: async (objects) => {
      for (const object of objects) owned.set(object.address, object);
    },
    forgetOwned: async (address) => void owned.delete(address),
    recordIntent: async (entry) => {
      const id = String(entries++);
      writes[entry.address] = id;
      intents.set(id, { entry, status: "intent" });
      return id;
    },
    recordSent: async (id) => {
      const intent = intents.get(id);
      if (intent !== undefined) intent.status = "sent";
    },
    recordOutcome: async (id, outcome) => {
      const intent = intents.get(id);
      if (intent !== undefined && outcome !== "failed") noteService(intent.entry);
      if (outcome !== "unknown") intents.delete(id);
      else if (intent !== undefined) intent.status = "unknown";
    },
    readWritten: async () => {
      throw new Error("a ledger in memory forgets what was settled");
    },
    readLastWrites: async () => ({ ...writes }),
    readDrained: async () => [...drained].sort(),
    readOpenIntents: async () => [...intents].map(([id, { entry, status }]) => ({ ...entry, id, status })),
    close: async () => {},
  };
}
