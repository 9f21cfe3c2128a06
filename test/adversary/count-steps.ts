import { type Profiler, Session } from "node:inspector/promises";

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
  await session.post("Profiler.takePreciseCoverage");
  await run();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result.filter(({ url }) => counted.test(url)).reduce((sum, script) => sum + sumCounts(script), 0);
}

function sumCounts({ functions }: Profiler.ScriptCoverage): number {
  return functions.reduce((sum, { ranges }) => sum + ranges.reduce((all, { count }) => all + count, 0), 0);
}
