const HOUR_MS = 3_600_000;

/** Names that are remembered; of more, those that came first are forgotten. */
export const MOST_NAMES = 10_000;

/** The last `most` times of the last hour of each name. */
export function rememberTimes(now: () => number, most: number) {
  const times = new Map<string, readonly number[]>();
  const lately = (name: string) => (times.get(name) ?? []).filter((time) => now() - time < HOUR_MS);
  return {
    add: (name: string) => {
      const known = lately(name);
      times.delete(name);
      times.set(name, [...known, now()].slice(-most));
      const [first] = times.keys();
      if (times.size > MOST_NAMES && first !== undefined) times.delete(first);
    },
    remove: (name: string) => void times.delete(name),
    removeLast: (name: string) => void times.set(name, lately(name).slice(0, -1)),
    isFull: (name: string) => lately(name).length >= most,
  };
}
