import type { Address } from "../../src/model/address.ts";
import type { JournalEntry, Ledger, OpenIntent, OwnedObject, OwnWrite } from "../../src/model/ledger/ledger.ts";
import type { Refusal } from "../../src/model/ledger/refusal.ts";

/** A ledger in memory: what a store does, without its durability, so that thousands of runs are cheap. */
export function createMemoryLedger(): Ledger {
  const owned = new Map<string, OwnedObject>();
  const intents = new Map<string, { entry: JournalEntry; status: OpenIntent["status"] }>();
  const writes: Record<string, string> = {};
  let written: (OwnWrite & { readonly id: string })[] = [];
  const refusals = new Map<string, Refusal>();
  let entries = 0;
  const arrive = (id: string) => {
    written = written.map((write) => (write.id === id ? { ...write, has_arrived: true } : write));
  };
  return {
    readOwned: async () => [...owned.values()].sort((left, right) => (left.address < right.address ? -1 : 1)),
    readElsewhere: async () => [],
    recordOwned: async (object, ended = []) => {
      for (const address of ended) owned.delete(address);
      owned.set(object.address, object);
    },
    moveOwned: async (moves) => {
      const addressOf = new Map<string, Address>(moves.map(({ from, object }) => [from, object.address]));
      for (const { from } of moves) owned.delete(from);
      for (const { object } of moves) owned.set(object.address, object);
      written = written.map((write) => ({ ...write, address: addressOf.get(write.address) ?? write.address }));
      for (const intent of intents.values()) {
        const { address } = intent.entry;
        intent.entry = { ...intent.entry, address: addressOf.get(address) ?? address };
      }
    },
    recordAllOwned: async (objects) => {
      for (const object of objects) owned.set(object.address, object);
    },
    settleOwned: async (revisions) => {
      const taken = [...owned.values()].filter(({ revision }) => revision !== null && revisions.includes(revision));
      for (const object of taken) owned.set(object.address, { ...object, revision: null });
    },
    forgetOwned: async (address) => void owned.delete(address),
    releaseOwned: async (address) => void owned.delete(address),
    readReleased: async () => [],
    readSensitive: async () => ({}),
    recordIntent: async (entry) => {
      const id = String(entries++);
      writes[entry.address] = id;
      intents.set(id, { entry, status: "intent" });
      return id;
    },
    recordSent: async (id) => {
      const intent = intents.get(id);
      if (intent === undefined) return;
      intent.status = "sent";
      const { wrote, address, physical_name, op, phase } = intent.entry;
      if (wrote !== null)
        written.push({ ...wrote, id, address, physical_name, op: op as OwnWrite["op"], phase, has_arrived: false });
    },
    recordOutcome: async (id, outcome) => {
      const intent = intents.get(id);
      if (outcome === "failed") written = written.filter((write) => write.id !== id);
      if (outcome === "confirmed" || outcome === "in_place") arrive(id);
      if (outcome !== "unknown") intents.delete(id);
      else if (intent !== undefined) intent.status = "unknown";
    },
    recordChange: async (id, result) => {
      if (result === "confirmed") arrive(id);
    },
    replaceBody: async (id, body) => {
      const refusal = refusals.get(id);
      if (refusal !== undefined) refusals.set(id, { ...refusal, ...body });
      const intent = intents.get(id);
      if (intent !== undefined) intent.entry = { ...intent.entry, body };
    },
    closeIntent: async (id) => void intents.delete(id),
    readWritten: async () => {
      throw new Error("a ledger in memory forgets what was settled");
    },
    readLastWrites: async () => ({ ...writes }),
    readDeleted: async () => [],
    readTaken: async () => [],
    readTurned: async () => [],
    readRoutingWrites: async () => [],
    readOwnWrites: async () => written.map(({ id: _id, ...write }) => write),
    settleOwnWrites: async (address) => {
      written = written.filter((write) => write.address !== address);
    },
    readUnderWay: async () => [],
    readUnlogged: async () => [],
    readOpenIntents: async () => [...intents].map(([id, { entry, status }]) => ({ ...entry, id, status })),
    recordRefusal: async ({ run_id: _run, step_id: _step, body, ...entry }) => {
      const id = String(entries++);
      refusals.set(id, { id, ...entry, ...body });
      return id;
    },
    readRefusals: async () => [...refusals.values()],
    endRefusal: async (id) => void refusals.delete(id),
    close: async () => {},
  };
}
