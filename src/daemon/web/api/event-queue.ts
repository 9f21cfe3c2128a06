import { once } from "node:events";
import type { DaemonEvent } from "../../../model/daemon/daemon-service.ts";

/** Events on their way to one reader. */
export interface EventQueue {
  add(event: DaemonEvent): void;
  /** Events as they come, written out, until its signal. Who asks for the next one has sent the one before. */
  read(): AsyncGenerator<Buffer>;
}

/** What is on its way to all readers together. */
export interface EventQueues {
  /** Opens one, until the signal; `cut`, which has to give that, is called where its reader is too slow. */
  open(signal: AbortSignal, cut: () => void): EventQueue;
}

/** An event that readers have not taken yet. */
interface HeldEvent {
  /** Null: no reader was ready for it yet. */
  text: Buffer | null;
  readonly readers: Set<Reader>;
}

interface Reader {
  readonly cut: () => void;
  readonly held: Set<DaemonEvent>;
}

/**
 * Holds what readers have not taken yet. Each event is a full state, so the newest of a target and type replaces those before it: a slow
 * reader gets fewer, and at most three for each target are kept. An event is written out once, when the first reader is ready for it, and all
 * readers share its bytes. Where those that are held for readers are more than `most` together, readers of the oldest are cut: who reads
 * is done with it in the meantime. What is written out last is sent in any case.
 */
export function createEventQueues(most: number): EventQueues {
  const events = new Map<DaemonEvent, HeldEvent>();
  // In the order in which they were written out.
  const written = new Set<HeldEvent>();
  let total = 0;
  const hold = (event: DaemonEvent, reader: Reader) => {
    const held = events.get(event) ?? { text: null, readers: new Set() };
    events.set(event, held);
    held.readers.add(reader);
    reader.held.add(event);
  };
  const release = (event: DaemonEvent, reader: Reader) => {
    const held = events.get(event);
    reader.held.delete(event);
    if (held?.readers.delete(reader) !== true || held.readers.size > 0) return;
    events.delete(event);
    if (written.delete(held)) total -= held.text?.length ?? 0;
  };
  const writeOut = (event: DaemonEvent): Buffer => {
    const held = events.get(event);
    if (held === undefined) throw new Error("An event is sent to a reader that does not hold it");
    if (held.text !== null) return held.text;
    held.text = Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    written.add(held);
    total += held.text.length;
    for (const { readers } of [...written]) {
      if (total <= most) break;
      if (readers === held.readers) continue;
      for (const { cut } of [...readers]) cut();
    }
    return held.text;
  };
  return {
    open(signal, cut) {
      const reader: Reader = { cut, held: new Set() };
      const waiting = new Map<string, DaemonEvent>();
      const added = new EventTarget();
      const releaseAll = () => {
        for (const event of reader.held) release(event, reader);
      };
      signal.addEventListener("abort", releaseAll, { once: true });
      return {
        add(event) {
          if (signal.aborted) return;
          const key = `${event.type}:${event.target}`;
          const former = waiting.get(key);
          if (former !== undefined) release(former, reader);
          waiting.set(key, event);
          hold(event, reader);
          added.dispatchEvent(new Event("added"));
        },
        async *read() {
          while (!signal.aborted) {
            const [first] = waiting;
            if (first === undefined) await waitForOne(added, signal);
            else {
              const [key, event] = first;
              waiting.delete(key);
              yield writeOut(event);
              release(event, reader);
            }
          }
        },
      };
    },
  };
}

async function waitForOne(added: EventTarget, signal: AbortSignal): Promise<void> {
  try {
    await once(added, "added", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
