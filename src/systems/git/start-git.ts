import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hasCode } from "../../model/errors/has-code.ts";

/** With what git is started. */
export interface GitStart {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input: string | Uint8Array;
  /** As the leader of a process group of its own, which has no terminal to prompt on. Else only git itself is ended by `kill`. */
  readonly isDetached: boolean;
}

/** What git writes, as it comes. */
export interface GitListener {
  /** Standard output. More is read when the promise is resolved. */
  onOutput(chunk: Buffer): Promise<void> | void;
  /** Standard error. */
  onSaid(text: string): void;
}

/** The signals that git is ended by. */
export type GitSignal = "SIGTERM" | "SIGKILL";

/** A git that was started. */
export interface GitProcess {
  /** Resolves when it has ended and its output is read: with its exit code, or by which signal it ended. Rejects with what kept it from starting. */
  readonly ended: Promise<{ readonly code: number | null; readonly killer: string | null }>;
  /** Ends its group. SIGKILL also closes its output, which something outside of the group may hold for as long as it likes. */
  kill(how: GitSignal): void;
}

/** A git that is a child of this process. */
export interface GitChild extends GitProcess {
  /** Undefined where no process was started. */
  readonly pid: number | undefined;
}

/** Starts git as a child of this process. The only place that does, but for the demo's checkout. */
export function startGit({ args, folder, environment, input, isDetached }: GitStart, listener: GitListener): GitChild {
  const child = spawn("git", [...args], { cwd: folder, env: environment, detached: isDetached, stdio: "pipe" });
  const { pid } = child;
  if (pid === undefined) return { pid, ended: readStartFault(child).then((error) => Promise.reject(error)), kill() {} };
  // How it ends says why it closed its end early.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.stdout.on("data", async (chunk: Buffer) => {
    const read = listener.onOutput(chunk);
    if (read === undefined) return;
    child.stdout.pause();
    await read;
    child.stdout.resume();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => listener.onSaid(text));
  return {
    pid,
    ended: once(child, "close").then(([code, killer]) => ({ code, killer })),
    kill: (how) => {
      if (isDetached) killGroup(pid, how);
      else child.kill(how);
      if (how === "SIGKILL") for (const stream of [child.stdout, child.stderr]) stream.destroy();
    },
  };
}

/** Why a child has no process. Where no file descriptor is left it has no pipes either, and Node says so later, as of any other cause. */
export async function readStartFault(child: ChildProcess): Promise<unknown> {
  const [error] = await once(child, "error");
  return error;
}

/** Ends a process and its group. One that is gone already is no error. */
export function killGroup(pid: number, signal: GitSignal): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}
