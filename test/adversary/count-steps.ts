import { Session } from "node:inspector/promises";

/** Of the program and of packages, not of Node and of the tests. */
const COUNTED = /\/(?:src|node_modules\/diff)\//;

const session = new Session();
session.connect();
await session.post("Profiler.enable");
// Functions that ran before have no counters: whoever imports this does so first.
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/**
 * How often blocks of the program's code were entered while something ran: loops, branches and calls, as the engine counts them. So two
 * runs compare by what they do, on a busy machine too. What the engine does within one of its own functions is one step. `counted`: of which
 * files; default: of all.
 */
export async function countSteps(run: () => unknown, counted = COUNTED): Promise<number> {
  return sum((await countByFunction(run, counted)).values());
}

/**
 * How many times the steps of one run another takes. Of functions that the engine has counters of in both, and the most of three runs each: now
 * and then it drops those of a function, or some of their counts, which alone may be a third of all steps.
 */
export async function compareSteps(few: () => unknown, many: () => unknown): Promise<number> {
  const [less, more] = [await countMost(few), await countMost(many)];
  const both = [...less.keys()].filter((place) => more.has(place));
  return sum(both.map((place) => more.get(place) ?? 0)) / sum(both.map((place) => less.get(place) ?? 0));
}

async function countMost(run: () => unknown): Promise<ReadonlyMap<string, number>> {
  const most = new Map<string, number>();
  for (let times = 0; times < 3; times += 1) {
    for (const [place, count] of await countByFunction(run, COUNTED))
      most.set(place, Math.max(count, most.get(place) ?? 0));
  }
  return most;
}

async function countByFunction(run: () => unknown, counted: RegExp): Promise<ReadonlyMap<string, number>> {
  await session.post("Profiler.takePreciseCoverage");
  await run();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return new Map(
    result
      .filter(({ url }) => counted.test(url))
      .flatMap(({ url, functions }) =>
        functions.map((one) => [`${url}:${one.ranges[0]?.startOffset}`, sum(one.ranges.map(({ count }) => count))]),
      ),
  );
}

const sum = (counts: Iterable<number>): number => Iterator.from(counts).reduce((all, count) => all + count, 0);
