import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeManifests } from "./build-manifests.ts";
import { buildWorld } from "./build-world.ts";
import { collectDaemonFigures, type DaemonBenchOptions } from "./collect-daemon-figures.ts";
import { type Figure, takeMedian } from "./figure.ts";
import { layOutPackage } from "./lay-out-package.ts";
import { ATTRIBUTES_CASES } from "./measure-attributes.ts";
import { PLAN_CASES } from "./measure-plan.ts";
import { type MeasuredCommand, measureCommand, runMeasure, withServer } from "./run-child.ts";

/** What is measured how often. */
export interface BenchOptions {
  readonly sizes: readonly number[];
  /** Repetitions of which the median counts; above `largeSize` objects, at most three. */
  readonly repeat: number;
  /** Objects that are created by the measured apply. */
  readonly applySize: number;
  readonly daemon: Pick<DaemonBenchOptions, "passes" | "pushes" | "targets" | "requests" | "quietMs">;
  /** The daemon and nothing else. */
  readonly onlyDaemon: boolean;
  /** Called with each figure as it comes. */
  readonly onFigure: (figure: Figure) => void;
}

const LARGE = 50_000;

interface Bench extends BenchOptions {
  readonly folder: string;
  /** The program as a package ships it, and as a checkout runs it. */
  readonly packaged: string;
  readonly checkout: string;
}

/** Measures everything, one thing at a time, each in a process of its own. */
export async function collectFigures(options: BenchOptions): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-bench-"));
  const figures: Figure[] = [];
  const add = (figure: Figure) => {
    figures.push(figure);
    options.onFigure(figure);
  };
  try {
    if (options.onlyDaemon) {
      await collectDaemonFigures({ sizes: options.sizes, ...options.daemon, folder }, add);
      return figures;
    }
    const packaged = layOutPackage(join(folder, "package"));
    const checkout = join(import.meta.dirname, "..", "bin", "poolkeeper.mjs");
    const bench: Bench = { ...options, folder, packaged, checkout };
    await measureStart(bench, add);
    for (const size of options.sizes) await measureSize(size, bench, add);
    await measureApply(bench, add);
    await collectDaemonFigures({ sizes: options.sizes, ...options.daemon, folder }, add);
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Add = (figure: Figure) => void;

/** What starting costs. The first start, which fills Node's cache of compiled code, is left out. */
async function measureStart(bench: Bench, add: Add): Promise<void> {
  const variants = { "as packaged": bench.packaged, "in a checkout": bench.checkout };
  for (const [variant, program] of Object.entries(variants)) {
    const command = commandOf(bench, `poolkeeper --version, ${variant}`, 0, ["--version"]);
    add(await repeatCommand({ ...command, program }, bench));
  }
}

async function measureSize(size: number, bench: Bench, add: Add): Promise<void> {
  for (const which of Object.keys(PLAN_CASES)) add(await repeatPlan(which, size, bench));
  for (const which of Object.keys(ATTRIBUTES_CASES)) {
    for (const figure of await repeatAll(() => runMeasure("attributes-plan", size, which), timesOf(size, bench))) {
      add(figure);
    }
  }
  for (const figure of await repeatAll(() => runMeasure("routing", size, ""), timesOf(size, bench))) add(figure);
  const manifests = join(bench.folder, `manifests-${size}`);
  writeManifests(buildWorld(size), manifests);
  for (const figure of await repeatAll(() => runMeasure("manifests", size, manifests), timesOf(size, bench))) {
    add(figure);
  }
  add(await repeatCommand(commandOf(bench, "poolkeeper validate DIR", size, ["validate", manifests]), bench));
  await withServer(size, async (url) => {
    const plan = ["plan", manifests, "--endpoint", url, "--org", "acme", "--detailed-exitcode"];
    add(await repeatCommand(commandOf(bench, "poolkeeper plan DIR, no change", size, plan), bench));
    const inCheckout = commandOf(bench, "poolkeeper plan DIR, no change, in a checkout", size, plan);
    add(await repeatCommand({ ...inCheckout, program: bench.checkout }, bench));
    for (const what of ["reading", "attributes-list"]) {
      for (const figure of await repeatAll(() => runMeasure(what, size, url), timesOf(size, bench))) add(figure);
    }
  });
  rmSync(manifests, { recursive: true });
}

/** Onto a new organization each time, without and with a store that is safe against power loss. */
async function measureApply(bench: Bench, add: Add): Promise<void> {
  const size = bench.applySize;
  const manifests = join(bench.folder, "manifests-apply");
  writeManifests(buildWorld(size), manifests);
  for (const store of [false, true]) {
    const name = `poolkeeper apply DIR, all created, ${store ? "with a store" : "without a store"}`;
    const figures: Figure[] = [];
    for (let turn = 0; turn < bench.repeat; turn += 1) {
      const home = join(bench.folder, `apply-${store}-${turn}`);
      mkdirSync(home);
      figures.push(
        await withServer(0, (url) => {
          const args = ["apply", manifests, "--auto-approve", "--endpoint", url, "--org", "acme"];
          const all = store ? [...args, "--store", join(home, "store")] : args;
          return measureCommand({ ...commandOf(bench, name, size, all), count: size, home });
        }),
      );
    }
    add(takeMedian(figures));
  }
}

function commandOf({ packaged, folder }: Bench, name: string, size: number, args: readonly string[]): MeasuredCommand {
  return { name, size, count: size === 0 ? null : size, program: packaged, args, home: folder };
}

function timesOf(size: number, { repeat }: Bench): number {
  return size > LARGE ? Math.min(repeat, 3) : repeat;
}

async function repeatPlan(which: string, size: number, bench: Bench): Promise<Figure> {
  const figures = await repeatAll(() => runMeasure("plan", size, which), timesOf(size, bench));
  return takeMedian(figures);
}

async function repeatCommand(command: MeasuredCommand, bench: Bench): Promise<Figure> {
  await measureCommand(command);
  const [figure] = await repeatAll(async () => [await measureCommand(command)], timesOf(command.size, bench));
  return takeMedian(figure === undefined ? [] : [figure]);
}

/** The medians, figure by figure, of doing the same several times. */
async function repeatAll(run: () => Promise<readonly Figure[]>, times: number): Promise<readonly Figure[]> {
  const all: Figure[] = [];
  for (let turn = 0; turn < times; turn += 1) all.push(...(await run()));
  return [...Map.groupBy(all, ({ name }) => name).values()].map(takeMedian);
}
