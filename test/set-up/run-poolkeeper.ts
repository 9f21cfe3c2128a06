import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { PATIENCE_MS } from "./patience.ts";

/** How poolkeeper's command line ended and what it printed. */
export interface PoolkeeperResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = inject("program");

/**
 * Runs `poolkeeper ARGS` in a process of its own with a bare environment and waits for its end, whatever the exit code.
 * `env` is added; its HOME is a folder without a flyte config file unless it says otherwise.
 */
export function runPoolkeeper(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<PoolkeeperResult> {
  return runWith(PROGRAM, args, { HOME: join(tmpdir(), "no-home"), ...env });
}

/** The same with another build of poolkeeper, in a folder (default: the one of this process). */
export function runWith(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<PoolkeeperResult> {
  const environment = { PATH: process.env.PATH, NO_COLOR: "1", ...env };
  return new Promise((resolve, reject) => {
    const options = { env: environment, timeout: PATIENCE_MS, maxBuffer: 64 << 20, ...(cwd && { cwd }) };
    const child = execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, stdout, stderr });
      else reject(new Error(`poolkeeper ${args.join(" ")} did not end by itself: ${stderr}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
