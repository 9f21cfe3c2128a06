import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMachine, type Machine } from "../describe-machine.ts";
import { type IdlePasses, measureIdlePasses } from "./measure-idle-passes.ts";
import { type SegmentResult, type SoakFailure, soakSegment } from "./soak-segment.ts";

const RESULTS = join(import.meta.dirname, "..", "results", "soak-daemon.json");
/** Most events on one stage; after them a new organization is begun with. */
const SEGMENT = 125;
/** Both generations on both stores, by the seed, so that a seed alone repeats a segment. */
const STAGES = [
  { generation: "2026-11", store: "sqlite" },
  { generation: "2026-07", store: "sqlite" },
  { generation: "2026-11", store: "postgres" },
  { generation: "2026-07", store: "postgres" },
] as const;

/** What one soak of the daemon did and found. */
interface DaemonSoak {
  readonly date: string;
  readonly machine: Machine;
  readonly minutes: number;
  /** Of the first segment; each further one has the next. */
  readonly seed: number;
  /** Pushes, drifts, crashes, outages and the like, in a row. */
  readonly events: number;
  /** How often the daemon came to rest and everything was checked. */
  readonly rests: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Passes without a change, one after the other; null: not asked for. */
  readonly idle: IdlePasses | null;
  readonly failures: readonly SoakFailure[];
}

export interface DaemonSoakOptions {
  readonly events: number;
  readonly seed: number;
  /** Passes without a change; 0: none. */
  readonly passes: number;
}

/** Soaks the daemon, keeps what it found beside earlier results, and tells whether nothing was wrong. */
export async function runDaemonSoak({ events, seed, passes }: DaemonSoakOptions): Promise<boolean> {
  const started = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-soak-"));
  const results: SegmentResult[] = [];
  for (let begun = 0, own = seed; begun < events; begun += SEGMENT, own += 1) {
    const stage = STAGES[own % STAGES.length] ?? STAGES[0];
    // Every other round of stages.
    const ignores_states = Math.floor(own / STAGES.length) % 2 === 1;
    const is_alone = own % 3 === 0;
    const events_left = Math.min(SEGMENT, events - begun);
    const segment = { ...stage, ignores_states, is_alone, seed: own, events: events_left, folder };
    const result = await soakSegment(segment, (step) => tellStep(segment, step));
    results.push(result);
    console.log(`seed ${own}, ${stage.generation} on ${stage.store}: ${JSON.stringify(result)}`);
    if (result.failure !== null) tellFailure(result.failure);
  }
  const idle = passes === 0 ? null : await measureIdlePasses(join(folder, "idle"), passes);
  const failures = results.flatMap(({ failure }) => failure ?? []);
  const soak: DaemonSoak = {
    date: new Date(started).toISOString(),
    machine: describeMachine(),
    minutes: Math.round((Date.now() - started) / 6_000) / 10,
    seed,
    events: sum(results.map((result) => result.events)),
    rests: sum(results.map(({ rests }) => rests)),
    counts: addUp(results.map(({ counts }) => counts)),
    ...{ idle, failures },
  };
  keep(soak);
  if (failures.length === 0) rmSync(folder, { recursive: true, force: true });
  else console.log(`the daemons' logs are below ${folder}`);
  return failures.length === 0;
}

function tellStep(
  { seed, generation, store, events }: { seed: number; generation: string; store: string; events: number },
  step: number,
) {
  console.log(`seed ${seed}, ${generation} on ${store}: at rest after ${step} of ${events} events`);
}

function tellFailure({ seed, step, events, problems, writes }: SoakFailure): void {
  console.log([`seed ${seed}, step ${step}:`, ...problems, "after", ...events, "written", ...writes].join("\n  "));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function addUp(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = [...new Set(all.flatMap((counts) => Object.keys(counts)))].sort();
  return Object.fromEntries(names.map((name) => [name, sum(all.map((counts) => counts[name] ?? 0))]));
}

/** Adds it to the soaks kept so far, newest first. */
function keep(soak: DaemonSoak): void {
  const before: readonly DaemonSoak[] = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : [];
  writeFileSync(RESULTS, `${JSON.stringify([soak, ...before], undefined, 2)}\n`);
  console.log(`${soak.events} events, ${soak.failures.length} failures; kept in bench/results/soak-daemon.json`);
}
