import { spawn } from "node:child_process";
import { once } from "node:events";
import { hasCode } from "./has-code.ts";

/** One run of git with all the programs that it starts. */
export interface GroupRun {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long it may be silent, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Git was ended by us: silent for too long, or by the caller's signal. */
export class GitEndedError extends Error {
  readonly why: "timeout" | "cancelled";

  constructor(why: "timeout" | "cancelled") {
    super(why === "timeout" ? "git was silent for too long" : "git was ended");
    this.why = why;
  }
}

/** How long git has for removing its locks, in milliseconds, before it is killed. */
const GRACE_MS = 2_000;

/**
 * Runs git as the leader of a process group, and ends the whole group where it has to end: what git starts for a connection
 * (`git-remote-https`, `ssh`) outlives it otherwise. Resolves with the standard output, after all of them are gone. Throws a
 * GitEndedError, or an Error with what git said.
 */
export async function runGitGroup({ args, folder, environment, timeoutMs, signal }: GroupRun): Promise<string> {
  if (signal?.aborted === true) throw new GitEndedError("cancelled");
  const child = spawn("git", [...args], {
    ...{ cwd: folder, env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  });
  const output = { stdout: "", stderr: "" };
  let ended: GitEndedError | null = null;
  let killing: NodeJS.Timeout | undefined;
  const end = (why: GitEndedError["why"]) => {
    if (ended !== null) return;
    ended = new GitEndedError(why);
    killGroup(child.pid, "SIGTERM");
    killing = setTimeout(() => {
      killGroup(child.pid, "SIGKILL");
      // What left the group (an ssh that others share) may hold them for as long as it likes.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    }, GRACE_MS);
  };
  const cancel = () => end("cancelled");
  const silence = setTimeout(() => end("timeout"), timeoutMs);
  signal?.addEventListener("abort", cancel, { once: true });
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      silence.refresh();
    });
  }
  try {
    const [code] = await once(child, "close");
    if (ended !== null) throw ended;
    if (code !== 0) throw new Error(output.stderr.trim() || `git ended with ${code} and said nothing`);
    return output.stdout;
  } finally {
    clearTimeout(silence);
    clearTimeout(killing);
    signal?.removeEventListener("abort", cancel);
  }
}

/** A group that is gone already is no error. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}
