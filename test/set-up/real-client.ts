import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Generation } from "../../src/model/live.ts";
import { REAL_CLIENT_VERSIONS, realClientProgram } from "./real-client-versions.ts";

/** One call of the real `flyte` client. */
export interface FlyteCall {
  readonly generation: Generation;
  /** URL of the control plane; `http://` is called with `--insecure`. */
  readonly endpoint: string;
  readonly org: string;
  /** What follows the connection, for example `["get", "cluster-pool"]`. */
  readonly args: readonly string[];
  /** Added to a bare environment, for example EDITOR. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its home folder. Default: an empty one, removed afterwards. */
  readonly home?: string;
  /** After this many milliseconds it is killed and the call rejects. Default 25,000. */
  readonly timeoutMs?: number;
}

/** How it ended and what it printed, without colours and as wide as its tables need. */
export interface FlyteResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the real client of a generation and waits for its end, whatever the exit code. Tests that call it belong into
 * test/conformance, whose set-up installs the client.
 */
export async function runFlyte(call: FlyteCall): Promise<FlyteResult> {
  const program = realClientProgram(REAL_CLIENT_VERSIONS[call.generation]);
  if (!existsSync(program)) {
    throw new Error(`${program} is not installed: a test that runs the real client belongs into test/conformance.`);
  }
  const home = call.home ?? mkdtempSync(join(tmpdir(), "flyte-home-"));
  try {
    return await execute(program, call, home);
  } finally {
    if (call.home === undefined) rmSync(home, { recursive: true, force: true });
  }
}

function execute(program: string, call: FlyteCall, home: string): Promise<FlyteResult> {
  const insecure = call.endpoint.startsWith("http://") ? ["--insecure"] : [];
  const args = ["--endpoint", call.endpoint, ...insecure, "--org", call.org, ...call.args];
  const env = { PATH: process.env.PATH, HOME: home, NO_COLOR: "1", TERM: "dumb", COLUMNS: "400", ...call.env };
  const timeout = call.timeoutMs ?? 25_000;
  return new Promise((resolve, reject) => {
    const options = { cwd: home, env, timeout, killSignal: "SIGKILL", maxBuffer: 64 << 20 } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else reject(new Error(`flyte ${args.join(" ")} did not end by itself: ${stderr || stdout}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
