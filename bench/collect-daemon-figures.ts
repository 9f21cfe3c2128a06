import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Figure, takeMedian } from "./figure.ts";
import { layOutRepository } from "./lay-out-repository.ts";
import { measureReview } from "./measure-review.ts";
import { measureTargets } from "./measure-targets.ts";
import { measureWebhook } from "./measure-webhook.ts";
import { runMeasure, withServer } from "./run-child.ts";

/** What is measured of the daemon. */
export interface DaemonBenchOptions {
  /** Objects of the target whose passes are measured; sizes above {@link LARGEST} are left out. */
  readonly sizes: readonly number[];
  /** Passes in which nothing changes, pushes (to the base and to a request each), and targets. */
  readonly passes: number;
  readonly pushes: number;
  readonly targets: number;
  /** Open pull requests of the poll that is measured. */
  readonly requests: number;
  /** How long a daemon is left alone before it counts as quiet, in milliseconds. */
  readonly quietMs: number;
  /** Below it, repositories and stores are laid out. */
  readonly folder: string;
}

/** Above it, adopting all objects takes longer than the rest of the bench. */
const LARGEST = 10_000;

/** Objects of the target whose requests are looked at; less where only smaller sizes are measured. */
const REVIEWED = 1_000;

/** Measures the daemon: passes in a process of their own each, the rest on a daemon as people run it. */
export async function collectDaemonFigures(options: DaemonBenchOptions, add: (figure: Figure) => void): Promise<void> {
  const { sizes, passes, pushes, targets, requests, quietMs, folder } = options;
  for (const size of sizes.filter((own) => own <= LARGEST)) {
    await measureSize(join(folder, `daemon-${size}`), size, passes, add);
  }
  const place = (name: string) => {
    const own = join(folder, name);
    mkdirSync(own);
    return own;
  };
  for (const figure of await measureWebhook(place("daemon-webhook"), pushes)) add(figure);
  const review = { size: Math.min(REVIEWED, Math.max(...sizes)), pushes, requests, quietMs };
  for (const figure of await measureReview(place("daemon-review"), review)) add(figure);
  const rounds = await measureTargets(place("daemon-targets"), targets);
  for (const group of Map.groupBy(rounds, ({ name }) => name).values()) add(takeMedian(group));
}

async function measureSize(folder: string, size: number, passes: number, add: (figure: Figure) => void): Promise<void> {
  mkdirSync(folder);
  layOutRepository(folder, size);
  await withServer(size, async (url) => {
    for (const which of ["adopt", "idle", "push"]) {
      const figures = await runMeasure("passes", size, JSON.stringify({ which, folder, url, passes }));
      for (const group of Map.groupBy(figures, ({ name }) => name).values()) {
        const peak = Math.max(...group.map(({ peak_mb }) => peak_mb ?? 0));
        add({ ...takeMedian(group), peak_mb: peak });
      }
    }
  });
}
