import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
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

/**
 * What git may take in all, in MB, and each program that it starts: one object of 256 MB and the one that it is made of, beside what git keeps of the
 * others. It also keeps each branch that a server names. Files that it only maps do not count.
 */
export const MOST_MEMORY_MB = 768;

const SHELL = "/bin/sh";
/** No memory of git is written to a file when it ends: it holds tokens. Where the machine has no more memory, the kernel is to end git, which can be run again, and not the process that started it. */
const PREPARE = `ulimit -c 0; ulimit -S -d ${MOST_MEMORY_MB * 1024} 2>/dev/null; { echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; exec git "$@"`;
/** The exit code of a shell that finds no program. */
const NOT_FOUND = 127;

/** Starts git as a child of this process, within {@link MOST_MEMORY_MB}. The only place that does, but for the demo's checkout. */
export function startGit({ args, folder, environment, input, isDetached }: GitStart, listener: GitListener): GitChild {
  const options = { cwd: folder, env: environment, detached: isDetached, stdio: "pipe" } as const;
  let child: ChildProcessWithoutNullStreams;
  try {
    child = existsSync(SHELL)
      ? spawn(SHELL, ["-c", PREPARE, "git", ...args], options)
      : spawn("git", [...args], options);
  } catch (error) {
    // Some of what keeps it from starting is thrown, and not reported: too many arguments, too little memory.
    return { pid: undefined, ended: Promise.reject(error), kill() {} };
  }
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
    ended: once(child, "close").then(([code, killer]) => {
      if (code === NOT_FOUND) throw notFound();
      return { code, killer };
    }),
    kill: (how) => {
      if (isDetached) killGroup(pid, how);
      else child.kill(how);
      if (how === "SIGKILL") for (const stream of [child.stdout, child.stderr]) stream.destroy();
    },
  };
}

/** What Node says where it finds no git itself. */
function notFound(): Error {
  const syscall = "spawn git";
  return Object.assign(new Error(`${syscall} ENOENT`), { code: "ENOENT", syscall, path: "git" });
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
