/** Calls that wait for the release of a name. */
export interface Holds {
  /** Waits until the name is released; rejects with `late` once `signal` is aborted, and with the reason of `close`. */
  wait(name: string, signal: AbortSignal, late: Error): Promise<void>;
  /** Releases the calls that wait for a name; later calls wait again. */
  release(name: string): void;
  /** The number of waiting calls by name; names without one are omitted. */
  count(): Readonly<Record<string, number>>;
  /** Rejects all waiting calls, and every later one. */
  close(reason: Error): void;
}

interface Waiting {
  readonly name: string;
  readonly settle: (reason?: Error) => void;
}

/** Creates holds without waiting calls. */
export function createHolds(): Holds {
  const waiting = new Set<Waiting>();
  let closed: Error | undefined;
  return {
    wait: async (name, signal, late) => {
      if (closed !== undefined) throw closed;
      if (signal.aborted) throw late;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => entry.settle(late);
      const settle = (reason?: Error) => {
        waiting.delete(entry);
        signal.removeEventListener("abort", onAbort);
        if (reason === undefined) resolve();
        else reject(reason);
      };
      const entry: Waiting = { name, settle };
      waiting.add(entry);
      signal.addEventListener("abort", onAbort, { once: true });
      await promise;
    },
    release: (name) => {
      for (const entry of waiting) if (entry.name === name) entry.settle();
    },
    count: () => {
      const groups = Map.groupBy(waiting, ({ name }) => name);
      return Object.fromEntries([...groups].map(([name, entries]) => [name, entries.length]));
    },
    close: (reason) => {
      closed = reason;
      for (const entry of waiting) entry.settle(reason);
    },
  };
}
