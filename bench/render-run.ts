import type { Figure } from "./figure.ts";
import type { BenchRun } from "./results.ts";

const HEAD = ["", "objects", "wall", "CPU", "peak memory", "per second", "wall before"];

/** A run as Markdown; with the previous run of the same machine beside it where there is one. */
export function renderRun({ date, machine, figures }: BenchRun, previous: BenchRun | null): string {
  const { cpu, cores, memory_gib, platform, node } = machine;
  const before = new Map(previous?.figures.map((figure) => [keyOf(figure), figure]));
  const rows = figures.map((figure) => [...renderFigure(figure), renderBefore(figure, before.get(keyOf(figure)))]);
  const compared = previous === null ? "no earlier run on this machine" : `compared with ${previous.date}`;
  return [
    "# Figures of the last run",
    "",
    `${date}, ${cores} cores of ${cpu}, ${memory_gib} GiB, ${platform}, Node ${node}; ${compared}.`,
    "Medians. Written by `npm run bench`; what they mean stands in `docs/develop.md`.",
    "",
    ...renderTable([HEAD, ...rows]),
    "",
  ].join("\n");
}

/** The columns of one figure, without the comparison. */
export function renderFigure({ name, size, wall_ms, cpu_ms, peak_mb, per_second, calls }: Figure): readonly string[] {
  return [
    calls === undefined ? name : `${name}: ${calls} calls of the forge`,
    size === 0 ? "" : formatCount(size),
    formatTime(wall_ms),
    formatTime(cpu_ms),
    peak_mb === null ? "" : `${Math.round(peak_mb)} MB`,
    per_second === null ? "" : formatCount(Math.round(per_second)),
  ];
}

function renderBefore({ wall_ms }: Figure, before: Figure | undefined): string {
  if (before === undefined) return "";
  const change = Math.round((wall_ms / before.wall_ms - 1) * 100);
  return `${formatTime(before.wall_ms)} (${change > 0 ? "+" : ""}${change} %)`;
}

function renderTable(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = [], ...body] = rows.map((cells) => `| ${cells.join(" | ")} |`);
  return [head, `|---|${"---:|".repeat(HEAD.length - 1)}`, ...body].flat();
}

function keyOf({ name, size }: Figure): string {
  return `${name}/${size}`;
}

function formatTime(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}
