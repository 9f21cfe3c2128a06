import type { DaemonRecords, OutboxEntry, TakenEntry } from "../../../src/model/daemon/daemon-records.ts";

type Outbox = Pick<DaemonRecords, "now" | "addOutbox" | "takeOutbox" | "endOutbox" | "deferOutbox">;

/** What is kept of an outbox in memory, and its clock. */
export interface MemoryOutbox extends Outbox {
  /** Lets time pass. */
  pass(milliseconds: number): void;
  /** What is not delivered and not given up, oldest first. */
  waiting(): readonly OutboxEntry[];
}

/** An outbox over a Map with the promises of `DaemonRecords`, for several senders in one process. */
export function openOutbox(): MemoryOutbox {
  let time = Date.parse("2026-11-21T12:00:00.000Z");
  const entries = new Map<string, TakenEntry>();
  const told = new Set<string>();
  const iso = (shift: number) => new Date(time + shift).toISOString();
  return {
    pass: (milliseconds) => {
      time += milliseconds;
    },
    waiting: () => [...entries.values()],
    now: async () => iso(0),
    addOutbox: async (given) => {
      const fresh = given.filter(({ receiver, key }) => !told.has(JSON.stringify([receiver, key])));
      for (const entry of fresh) {
        told.add(JSON.stringify([entry.receiver, entry.key]));
        entries.set(entry.id, { ...entry, added_at: iso(0) });
      }
      return fresh.length;
    },
    takeOutbox: async (limit, forMs, except = []) => {
      const isDue = ({ due_at, receiver }: OutboxEntry) => due_at <= iso(0) && !except.includes(receiver);
      const queues = Map.groupBy(entries.values(), ({ receiver }) => receiver);
      const due = [...queues.values()].flatMap((queue) => queue.slice(0, 1).filter(isDue)).slice(0, limit);
      const taken = due.map((entry) => ({ ...entry, due_at: iso(forMs), attempts: entry.attempts + 1 }));
      for (const entry of taken) entries.set(entry.id, entry);
      return taken;
    },
    endOutbox: async (id) => {
      entries.delete(id);
    },
    deferOutbox: async (id, due_at) => {
      const entry = entries.get(id);
      if (entry !== undefined) entries.set(id, { ...entry, due_at });
    },
  };
}
