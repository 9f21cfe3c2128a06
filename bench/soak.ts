import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine, type Machine } from "./describe-machine.ts";
import { type PropertyFailure, readFailures, type TestReport } from "./read-failures.ts";

const HELP = `npm run soak -- [--minutes 10] [--runs 200] [--seed N]
    Runs the property tests, one seed after the other, until the minutes are over.
npm run soak -- --daemon 500 [--passes 1000] [--seed N]
    Runs the daemon through so many pushes, drifts, crashes and outages in a row, and then through so many passes without a change.
Both end with 1 when something is wrong, and keep what they found in bench/results.`;
const ROOT = join(import.meta.dirname, "..");
const RESULTS = join(import.meta.dirname, "results", "soak.json");
const VITEST = join(ROOT, "node_modules", "vitest", "vitest.mjs");
/** What a property test reads, by itself or in its set-up. */
const SEED_VARIABLE = "POOLKEEPER_PROPERTY_SEED";
const RUNS_VARIABLE = "POOLKEEPER_PROPERTY_RUNS";
/** Shrinking a counterexample takes as many runs again. */
const TEST_TIMEOUT_MS = 600_000;

/** What one soak did and found. */
interface Soak {
  readonly date: string;
  readonly machine: Machine;
  readonly minutes: number;
  readonly files: readonly string[];
  /** Runs of each property in each round; a round has one seed. */
  readonly runs_per_round: number;
  readonly seeds: readonly number[];
  /** Properties that were tried, all rounds together, and how many of them failed. */
  readonly properties: number;
  readonly failures: readonly PropertyFailure[];
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    daemon: { type: "string" },
    passes: { type: "string", default: "1000" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (values.daemon !== undefined) {
  const { runDaemonSoak } = await import("./soak/run-daemon-soak.ts");
  const options = { events: Number(values.daemon), seed: Number(values.seed), passes: Number(values.passes) };
  process.exit((await runDaemonSoak(options)) ? 0 : 1);
}
const soak = await runSoak(Number(values.minutes), Number(values.runs), Number(values.seed));
keep(soak);
process.exitCode = soak.failures.length === 0 ? 0 : 1;

/** Rounds with one seed after the other until the time is over; the round that runs then is finished. */
async function runSoak(minutes: number, runs: number, firstSeed: number): Promise<Soak> {
  const files = findPropertyTests();
  const started = Date.now();
  const seeds: number[] = [];
  const failures: PropertyFailure[] = [];
  let properties = 0;
  for (let seed = firstSeed; Date.now() < started + minutes * 60_000; seed += 1) {
    const report = await runRound(files, runs, seed);
    const found = readFailures(report, seed);
    seeds.push(seed);
    properties += report.numTotalTests;
    failures.push(...found);
    console.log(`seed ${seed}: ${report.numTotalTests} properties, ${runs} runs each, ${found.length} failed`);
    for (const failure of found) console.log(`  ${failure.test}\n    ${failure.counterexample}`);
  }
  const spent = Math.round((Date.now() - started) / 6_000) / 10;
  return {
    date: new Date(started).toISOString(),
    machine: describeMachine(),
    minutes: spent,
    files,
    runs_per_round: runs,
    seeds,
    properties,
    failures,
  };
}

/** Files with properties that do not all have a seed for ever. */
function findPropertyTests(): readonly string[] {
  const isDrawn = (code: string) =>
    code.includes(SEED_VARIABLE) || (code.includes("fc.assert(") && !/\bseed: \d/.test(code));
  const paths = globSync("test/**/*.test.ts", { cwd: ROOT });
  return paths.filter((path) => isDrawn(readFileSync(join(ROOT, path), "utf8"))).sort();
}

async function runRound(files: readonly string[], runs: number, seed: number): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-soak-"));
  const output = join(folder, "report.json");
  try {
    const args = ["run", ...files, "--reporter=json", `--outputFile=${output}`, `--testTimeout=${TEST_TIMEOUT_MS}`];
    const env = { ...process.env, [RUNS_VARIABLE]: String(runs), [SEED_VARIABLE]: String(seed) };
    const child = spawn(process.execPath, [VITEST, ...args], { cwd: ROOT, env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    await once(child, "close");
    if (!existsSync(output)) throw new Error(`the tests did not run:\n${stderr}`);
    return JSON.parse(readFileSync(output, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds it to the soaks kept so far, newest first. */
function keep(done: Soak): void {
  const before: readonly Soak[] = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : [];
  writeFileSync(RESULTS, `${JSON.stringify([done, ...before], undefined, 2)}\n`);
  console.log(`${done.seeds.length} rounds, ${done.failures.length} failures; kept in bench/results/soak.json`);
}
