import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describeMachine, isSameMachine, type Machine } from "./describe-machine.ts";
import type { Figure } from "./figure.ts";

/** One run of the bench. */
export interface BenchRun {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** Adds a run to those that `file` keeps, newest first; returns it, and the one before it on the same machine. */
export function keepRun(file: string, figures: readonly Figure[], date: string) {
  const kept: readonly BenchRun[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  const run: BenchRun = { date, machine: describeMachine(), figures: figures.map(roundFigure) };
  writeFileSync(file, `${JSON.stringify([run, ...kept], undefined, 2)}\n`);
  const previous = kept.find(({ machine }) => isSameMachine(machine, run.machine)) ?? null;
  return { run, previous };
}

function roundFigure(figure: Figure): Figure {
  const { wall_ms, cpu_ms, peak_mb, per_second } = figure;
  return {
    ...figure,
    wall_ms: round(wall_ms),
    cpu_ms: round(cpu_ms),
    peak_mb: peak_mb === null ? null : Math.round(peak_mb),
    per_second: per_second === null ? null : Math.round(per_second),
  };
}

function round(milliseconds: number): number {
  return milliseconds < 100 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);
}
