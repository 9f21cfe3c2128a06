import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const CLI = join(import.meta.dirname, "..", "..", "src", "cli.ts");
const REPORT_MEMORY = pathToFileURL(join(import.meta.dirname, "report-memory.mjs")).href;

/** What a daemon uses: bytes, open files, and processor time since it started. */
export interface Usage {
  readonly rss: number;
  readonly heap: number;
  readonly files: number;
  readonly cpu_ms: number;
}

/** `poolkeeper run` in a process of its own, started again as often as it is ended. */
export interface DaemonProcess {
  /** How often it was started. */
  readonly starts: number;
  isRunning(): boolean;
  /** Starts it unless it runs, and resolves when it serves. Throws where it ends by itself. */
  ensure(): Promise<void>;
  /** kill -9, at once. */
  kill(): void;
  signal(name: "SIGTERM" | "SIGHUP"): void;
  /** Resolves when it has ended. */
  ended(): Promise<void>;
  /** Where it serves now. */
  url(): string;
  usage(): Promise<Usage>;
}

/** What a daemon is started with. */
export interface DaemonStart {
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where its log goes. */
  readonly log: string;
}

/** Nothing is started yet. */
export function createDaemonProcess({ config, env, log }: DaemonStart): DaemonProcess {
  let child: ChildProcess | null = null;
  let gone: Promise<unknown> = Promise.resolve();
  let url = "";
  let starts = 0;
  const start = async () => {
    // The second is what bin/poolkeeper.mjs sets for itself.
    const flags = [
      "--expose-gc",
      "--semi-space-growth-factor=1",
      "--import",
      REPORT_MEMORY,
      CLI,
      "run",
      "--config",
      config,
    ];
    const started = spawn(process.execPath, flags, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    starts += 1;
    child = started;
    started.stderr?.on("data", (chunk) => appendFileSync(log, chunk));
    gone = once(started, "exit").then(() => {
      if (child === started) child = null;
    });
    const lines = createInterface({ input: started.stdout ?? process.stdin });
    const [line] = await Promise.race([once(lines, "line"), gone.then(() => [null])]);
    if (line === null) return;
    url = JSON.parse(String(line)).url;
  };
  return {
    get starts() {
      return starts;
    },
    isRunning: () => child !== null,
    ensure: async () => {
      for (let turn = 0; child === null && turn < 20; turn += 1) await start();
      if (child === null) throw new Error(`the daemon does not stay up; see ${log}`);
    },
    kill: () => void child?.kill("SIGKILL"),
    signal: (name) => void child?.kill(name),
    ended: async () => void (await gone),
    url: () => url,
    usage: async () => {
      const running = child;
      if (running === null) throw new Error("the daemon does not run");
      const answer = once(running, "message");
      running.send("usage");
      const [usage] = await answer;
      return usage;
    },
  };
}
