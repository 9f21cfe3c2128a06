import { Console } from "node:console";
import { inject, vi } from "vitest";
import type { PoolkeeperResult } from "./run-poolkeeper.ts";

/** Thrown where the program ends its process. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `poolkeeper ARGS` as it is built, in this process and a tenth of the time that one of its own takes: for all but what
 * a process is about, which is its start, signals, a terminal, and two at once. `env` is all that it has of an environment. Calls of one
 * test file follow one another. What ends with another error than one of the program's messages is thrown.
 */
export function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<PoolkeeperResult> {
  const run = last.then(() => runAlone(args, env, cwd));
  // Whoever called is told of an error; the next call only waits.
  last = run.catch(() => {});
  return run;
}

async function runAlone(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<PoolkeeperResult> {
  const { parseCommandLine } = await import(/* @vite-ignore */ inject("commandLine"));
  const stdout: string[] = [];
  const stderr: string[] = [];
  const before = { env: { ...process.env }, cwd: process.cwd(), console: globalThis.console };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(collect(stdout)),
    vi.spyOn(process.stderr, "write").mockImplementation(collect(stderr)),
    vi.spyOn(process, "exit").mockImplementation((code) => {
      throw new Exit(Number(code ?? 0));
    }),
  ];
  globalThis.console = new Console({ stdout: process.stdout, stderr: process.stderr });
  setEnvironment(env);
  process.chdir(cwd);
  try {
    const code: number = await parseCommandLine(args).catch((error: unknown) => {
      if (error instanceof Exit) return error.code;
      throw error;
    });
    return { code, stdout: stdout.join(""), stderr: stderr.join("") };
  } finally {
    process.chdir(before.cwd);
    setEnvironment(before.env);
    globalThis.console = before.console;
    for (const spy of spies) spy.mockRestore();
  }
}

/** The variables of the process itself: what it asks the system for, as its home, follows them. */
function setEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) process.env[name] = value;
}

type Write = typeof process.stdout.write;

function collect(into: string[]): Write {
  return (chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    into.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    const done = rest.find((value) => typeof value === "function");
    if (done !== undefined) queueMicrotask(() => done());
    return true;
  };
}
