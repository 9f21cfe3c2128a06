import { type Figure, readPeak } from "./figure.ts";
import { changeOneFile } from "./lay-out-repository.ts";
import { type BenchRunner, openBenchRunner } from "./open-bench-runner.ts";

const FOREVER = new AbortController().signal;

/** Where the passes that are measured are made, and how many of those in which nothing changed. */
export interface PassesPlace {
  readonly folder: string;
  readonly url: string;
  readonly passes: number;
}

/** What can be measured of passes, each in a process of its own. */
export const PASS_CASES = { adopt: measureAdoption, idle: measureIdle, push: measurePush };

/** The first pass over a target: everything is there, and nothing of it is owned yet. */
async function measureAdoption(size: number, { folder, url }: PassesPlace): Promise<readonly Figure[]> {
  return withRunner(folder, url, async (bench) => [await timePass(bench, "daemon: first pass, all is adopted", size)]);
}

/** Passes in which nothing changed, of a daemon that was started again; the first one, which parses everything, for itself. */
async function measureIdle(size: number, { folder, url, passes }: PassesPlace): Promise<readonly Figure[]> {
  return withRunner(folder, url, async (bench) => {
    const first = await timePass(bench, "daemon: first pass after a restart", size);
    const idle: Figure[] = [];
    for (let turn = 0; turn < passes; turn += 1)
      idle.push(await timePass(bench, "daemon: pass without a change", size));
    return [first, ...idle];
  });
}

/** From the beginning of the fetch of a push that changed one file of many until what it means is planned. */
async function measurePush(size: number, { folder, url }: PassesPlace): Promise<readonly Figure[]> {
  return withRunner(folder, url, async (bench) => {
    await timePass(bench, "", size);
    changeOneFile(folder, size);
    return [await timePass(bench, "daemon: 1 file was pushed, from fetch to plan", size, "apply")];
  });
}

async function withRunner<T>(folder: string, url: string, use: (bench: BenchRunner) => Promise<T>): Promise<T> {
  const bench = await openBenchRunner(folder, url);
  try {
    return await use(bench);
  } finally {
    await bench.close();
  }
}

/** One pass; with `until`, only up to that step. Throws where the pass did not come to its end. */
async function timePass(bench: BenchRunner, name: string, size: number, until: string | null = null): Promise<Figure> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let taken: { readonly wall: number; readonly cpu: number } | null = null;
  const take = () => {
    const { user, system } = process.cpuUsage(cpu);
    taken ??= { wall: performance.now() - started, cpu: (user + system) / 1000 };
    return taken;
  };
  bench.onRunning = (running) => {
    if (until !== null && running?.step === until) take();
  };
  const { record } = await bench.runner.run("poll", FOREVER);
  if (record.outcome.kind !== "synced" && record.outcome.kind !== "applied") {
    throw new Error(`the pass came to ${JSON.stringify(record.outcome)}`);
  }
  const { wall, cpu: cpu_ms } = take();
  return { name, size, wall_ms: wall, cpu_ms, peak_mb: readPeak(), per_second: (size / wall) * 1000 };
}
