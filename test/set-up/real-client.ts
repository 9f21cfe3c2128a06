import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Generation } from "../../src/model/objects/live.ts";
import { PATIENCE_MS } from "./patience.ts";
import { readPrinted } from "./read-printed.ts";
import { REAL_CLIENT_VERSIONS, realClientProgram } from "./real-client-versions.ts";

/** One call of the real `flyte` client. */
export interface FlyteCall {
  readonly generation: Generation;
  /** What follows `flyte`, the connection included; see `connectionArguments`. */
  readonly args: readonly string[];
  /** Added to a bare environment, for example EDITOR. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How it ended and what it printed, as words (see `readPrinted`). */
export interface FlyteResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What keeps the client's tables as wide as they need: it folds them at 80 columns in a terminal that it calls dumb. */
export const REAL_CLIENT_ENVIRONMENT = { NO_COLOR: "1", TERM: "xterm", COLUMNS: "20000" } as const;

/** The flags that lead the client to a control plane; one at `http://` is called without authentication. */
export function connectionArguments(endpoint: string, org: string): readonly string[] {
  return ["--endpoint", endpoint, ...(endpoint.startsWith("http://") ? ["--insecure"] : []), "--org", org];
}

/** The client's program. Throws where it is not installed, which the set-up of test/conformance does. */
export function requireRealClient(generation: Generation): string {
  const program = realClientProgram(REAL_CLIENT_VERSIONS[generation]);
  if (!existsSync(program)) {
    throw new Error(`${program} is not installed: a test that runs the real client belongs into test/conformance.`);
  }
  return program;
}

/** Runs the real client of a generation in a home folder of its own and waits for its end, whatever the exit code. */
export async function runFlyte(call: FlyteCall): Promise<FlyteResult> {
  const program = requireRealClient(call.generation);
  const home = mkdtempSync(join(tmpdir(), "flyte-home-"));
  try {
    return await execute(program, call, home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function execute(program: string, { args, env }: FlyteCall, home: string): Promise<FlyteResult> {
  const environment = { PATH: process.env.PATH, HOME: home, ...REAL_CLIENT_ENVIRONMENT, ...env };
  const options = { cwd: home, env: environment, timeout: PATIENCE_MS, killSignal: "SIGKILL", maxBuffer: 64 << 20 };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...options, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, stdout: readPrinted(stdout), stderr: readPrinted(stderr) });
      else reject(new Error(`flyte ${args.join(" ")} did not end by itself: ${stderr || stdout}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
