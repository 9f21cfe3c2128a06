import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { deserialize } from "node:v8";
import { readStartFault } from "../../systems/git/start-git.ts";
import { frameMessage, readMessages } from "./messages.ts";
import type { Answer } from "./worker.ts";

/** How a process ended by itself. */
export interface Ended {
  readonly kind: "ended";
  /** `exit code 134`, or the name of a signal. */
  readonly how: string;
  /** The end of what it said on stderr. */
  readonly words: string;
}

/** A process that does tasks, one after the other. While it does none, it does not keep this process from ending. */
export interface Worker {
  /** Sends an {@link Order} as `serialize` makes it, one at a time. Throws where no process could be started. */
  ask(order: Buffer): Promise<Answer<unknown> | Ended>;
  /** Whether it has ended, or is about to. */
  hasEnded(): boolean;
  /** Ends it immediately, also in the middle of a task. */
  end(): void;
}

const ENTRY = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url));
const SHELL = "/bin/sh";
const LONGEST_WORDS = 4_000;
/** Of three spaces for young objects, which the limit of all others does not count. On a large machine they would take more than a small task itself. */
const YOUNG_MB = 16;
/**
 * Where the engine finds no more memory it aborts, and many systems would then write all that the process has into a file. Where the machine has no more,
 * the kernel is to end this process, which can be done again, and not the daemon.
 */
const PREPARE = 'ulimit -c 0; { echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; exec "$0" "$@"';

/** Starts a process whose objects may have so many MB. It is given no variable that could hold a secret, and no right to write or to start anything. */
export function startWorker(memoryMb: number): Worker {
  const limits = [`--max-old-space-size=${memoryMb}`, `--max-semi-space-size=${YOUNG_MB}`];
  const flags = [...limits, "--permission", "--allow-fs-read=*", "--no-warnings"];
  const shell = existsSync(SHELL) ? [SHELL, "-c", PREPARE] : [];
  const [program = process.execPath, ...args] = [...shell, process.execPath, ...flags, ENTRY];
  const child = spawn(program, args, { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  if (child.pid === undefined) return createUnstarted(child);
  let isEnded = false;
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (said: string) => {
    words = `${words}${said}`.slice(-LONGEST_WORDS);
  });
  // Input that it does not read any more is lost with it, and its end reports that.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ kind: "ended", how: signal ?? `exit code ${code}`, words }));
  });
  // The next caller gets the error.
  ended.catch(() => undefined);
  const answers = readMessages(child.stdout);
  const handles = [child, ...[child.stdin, child.stdout, child.stderr].map((pipe) => pipe as Socket)];
  const rest = () => {
    for (const handle of handles) handle.unref();
  };
  rest();
  return {
    ask: async (order) => {
      for (const handle of handles) handle.ref();
      try {
        for (const part of frameMessage(order)) child.stdin.write(part);
        const { value } = await answers.next();
        return value === undefined ? await ended : deserialize(value);
      } finally {
        rest();
      }
    },
    hasEnded: () => isEnded || child.exitCode !== null || child.signalCode !== null,
    end: () => {
      isEnded = true;
      child.kill("SIGKILL");
    },
  };
}

/** Says why it has no process. Where no file descriptor is left, its child has no pipes either. */
function createUnstarted(child: ChildProcess): Worker {
  const failed = readStartFault(child).then((error) => Promise.reject(error));
  failed.catch(() => undefined);
  return { ask: () => failed, hasEnded: () => true, end: () => {} };
}
