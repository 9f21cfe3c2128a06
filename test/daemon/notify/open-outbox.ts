import type { DaemonRecords, OutboxEntry, TakenEntry } from "../../../src/model/daemon/daemon-records.ts";
import { targetOfKey } from "../../../src/model/daemon/target-of-key.ts";

type Outbox = Pick<
  DaemonRecords,
  "now" | "readLines" | "findMessages" | "addOutbox" | "takeOutbox" | "endOutbox" | "deferOutbox"
>;

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
  /** By receiver and target, when it was its turn last. */
  const turns = new Map<string, number>();
  const lineOf = ({ receiver, key }: OutboxEntry) => `${receiver} ${targetOfKey(key)}`;
  /** The messages until whose next try their receivers get nothing. */
  const resting = new Set<string>();
  /** The turn of the line before a message was taken. */
  const before = new Map<string, number>();
  let turn = 0;
  const told = new Set<string>();
  const iso = (shift: number) => new Date(time + shift).toISOString();
  return {
    pass: (milliseconds) => {
      time += milliseconds;
    },
    waiting: () => [...entries.values()],
    now: async () => iso(0),
    // Those that wait here are few.
    readLines: async () => [],
    findMessages: async () => [],
    addOutbox: async (given) => {
      const fresh = given.filter(({ receiver, key }) => !told.has(JSON.stringify([receiver, key])));
      for (const entry of fresh) {
        told.add(JSON.stringify([entry.receiver, entry.key]));
        entries.set(entry.id, { ...entry, added_at: iso(0) });
      }
      return fresh.length;
    },
    takeOutbox: async (limit, forMs, except = []) => {
      const isDue = ({ due_at }: OutboxEntry) => due_at <= iso(0);
      const lines = Map.groupBy(entries.values(), lineOf);
      const heads = [...lines.values()].flatMap((line) => line.slice(0, 1));
      const rests = new Set(heads.flatMap((one) => (resting.has(one.id) && !isDue(one) ? [one.receiver] : [])));
      const turnOf = (entry: OutboxEntry) => turns.get(lineOf(entry)) ?? 0;
      const ready = heads.filter((one) => isDue(one) && !rests.has(one.receiver) && !except.includes(one.receiver));
      const inTurn = ready.sort((one, other) => turnOf(one) - turnOf(other));
      const due = [...Map.groupBy(inTurn, ({ receiver }) => receiver).values()]
        .flatMap((line) => line.slice(0, 1))
        .slice(0, limit);
      for (const entry of due) {
        resting.delete(entry.id);
        before.set(entry.id, turnOf(entry));
        turns.set(lineOf(entry), ++turn);
      }
      const taken = due.map((entry) => ({ ...entry, due_at: iso(forMs), attempts: entry.attempts + 1 }));
      for (const entry of taken) entries.set(entry.id, entry);
      return taken;
    },
    endOutbox: async (id) => {
      entries.delete(id);
    },
    deferOutbox: async (id, due_at, isAtRest = false) => {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entries.set(id, { ...entry, due_at });
      if (!isAtRest) return;
      resting.add(id);
      turns.set(lineOf(entry), before.get(id) ?? 0);
    },
  };
}
