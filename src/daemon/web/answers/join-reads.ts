/** Reads what a key stands for, or joins an equal read. */
export type JoinReads<Result> = (key: string, read: () => Promise<Result>) => Promise<Result>;

/**
 * Joins equal reads, so that many who ask for one large answer cost two reads of it: who asks while one is under way gets the next one, together
 * with all others who wait. It begins after they asked, so that none of them gets what was true before.
 */
export function joinReads<Result>(): JoinReads<Result> {
  const underWay = new Map<string, Promise<Result>>();
  const next = new Map<string, Promise<Result>>();
  const begin = (key: string, read: () => Promise<Result>): Promise<Result> => {
    next.delete(key);
    const reading = read().finally(() => {
      if (underWay.get(key) === reading) underWay.delete(key);
    });
    underWay.set(key, reading);
    return reading;
  };
  return (key, read) => {
    const former = underWay.get(key);
    if (former === undefined) return begin(key, read);
    const waiting = next.get(key) ?? former.catch(() => undefined).then(() => begin(key, read));
    next.set(key, waiting);
    return waiting;
  };
}
