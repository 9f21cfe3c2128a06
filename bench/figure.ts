/** One thing that was measured at one size: the median of its repetitions. */
export interface Figure {
  /** What was measured; with `size` the name under which runs are compared. */
  readonly name: string;
  /** Objects. */
  readonly size: number;
  readonly wall_ms: number;
  /** User and system time of the process measured. */
  readonly cpu_ms: number;
  /** Highest resident memory of the process measured, in MB (10^6 bytes), what it was given included; null: not of interest. */
  readonly peak_mb: number | null;
  /** Objects, documents or calls a second; null where that says nothing. */
  readonly per_second: number | null;
  /** Calls of a forge that it took; left out: none is of interest. */
  readonly calls?: number;
}

/** The figure whose wall time is the median of several of the same thing. */
export function takeMedian(figures: readonly Figure[]): Figure {
  const sorted = figures.toSorted((left, right) => left.wall_ms - right.wall_ms);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (median === undefined) throw new Error("nothing was measured");
  return median;
}

/** What `work` took in this process. `count` is how many things it did, for the rate. */
export async function measure(name: string, size: number, count: number | null, work: () => unknown): Promise<Figure> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return {
    name,
    size,
    wall_ms: wall,
    cpu_ms: (user + system) / 1000,
    peak_mb: readPeak(),
    per_second: count === null ? null : (count / wall) * 1000,
  };
}

/** Highest resident memory of this process so far, in MB. */
export function readPeak(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}
