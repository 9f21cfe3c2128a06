const lastOf = new Map<string, Promise<unknown>>();

/** Runs one task at a time for each name, over all of this process, in the order of the calls. A task that fails stops none after it. */
export async function runInTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
  const before = lastOf.get(name) ?? Promise.resolve();
  const running = before.then(task, task);
  lastOf.set(name, running);
  try {
    return await running;
  } finally {
    if (lastOf.get(name) === running) lastOf.delete(name);
  }
}
