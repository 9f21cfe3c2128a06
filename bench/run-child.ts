import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import type { Figure } from "./figure.ts";

const REPORT_USAGE = pathToFileURL(join(import.meta.dirname, "report-usage.mjs")).href;

/** What bin/poolkeeper.mjs sets for itself, so that both are measured alike. */
const PROGRAM_FLAGS = ["--semi-space-growth-factor=1"];

/** Measures one thing in a process of its own. */
export async function runMeasure(what: string, size: number, argument: string): Promise<readonly Figure[]> {
  const measure = [join(import.meta.dirname, "measure.ts"), what, String(size), argument];
  const { stdout } = await runNode([...PROGRAM_FLAGS, ...measure], 0, {});
  return JSON.parse(stdout);
}

/** A command to measure as a whole, from the start of its process to its end. */
export interface MeasuredCommand {
  readonly name: string;
  readonly size: number;
  /** What it does per second is told of so many things; null: not told. */
  readonly count: number | null;
  /** The program's file. */
  readonly program: string;
  readonly args: readonly string[];
  /** Where the program may keep what it keeps in the user's folders. */
  readonly home: string;
}

/** Runs a program once: wall time as seen from outside, processor time and memory by its own account. */
export async function measureCommand(command: MeasuredCommand): Promise<Figure> {
  const { name, size, count, program, args, home } = command;
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-bench-"));
  const file = join(folder, "usage.json");
  try {
    const env = { HOME: home, XDG_STATE_HOME: join(home, "state"), POOLKEEPER_BENCH_USAGE: file };
    const started = performance.now();
    await runNode(["--import", REPORT_USAGE, program, ...args], 0, env);
    const wall = performance.now() - started;
    const usage: Pick<Figure, "cpu_ms" | "peak_mb"> = JSON.parse(readFileSync(file, "utf8"));
    return { name, size, wall_ms: wall, ...usage, per_second: count === null ? null : (count / wall) * 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Serves a world from a process of its own while `use` runs. */
export async function withServer<T>(size: number, use: (url: string) => Promise<T>): Promise<T> {
  const args = [join(import.meta.dirname, "serve-world.ts"), String(size)];
  const server = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "close");
  try {
    const [line] = await Promise.race([once(createInterface(server.stdout), "line"), ended.then(() => ["{}"])]);
    const { url }: { url?: string } = JSON.parse(String(line));
    if (url === undefined) throw new Error("the server of the bench did not start");
    return await use(url);
  } finally {
    server.stdin.end();
    await ended;
  }
}

async function runNode(args: readonly string[], expected: number, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== expected)
    throw new Error(`node ${args.join(" ")} ended with ${code}:\n${stdout.slice(-2_000)}${stderr}`);
  return { stdout };
}
