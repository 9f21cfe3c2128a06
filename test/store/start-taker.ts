import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A process that takes the lease of a store when it is told to. */
export interface Taker {
  readonly pid: number;
  /** `took NUMBER`, or the code of the refusal. */
  readonly take: () => Promise<string>;
  /** Confirms the lease and writes: `wrote`, or the code of the refusal. */
  readonly write: () => Promise<string>;
  /** Resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  readonly stop: () => void;
  readonly resume: () => void;
}

/** How it holds the lease; what is left out is as usual. */
export interface TakerOptions {
  /** Another machine than this one, as far as the lease tells. */
  readonly machine?: string;
  readonly ttlMs?: number;
  readonly graceMs?: number;
  /** Of another control plane than the usual one. */
  readonly endpoint?: string;
}

/** Starts one for the running test; it has the store open when this resolves. */
export async function startTaker(location: string, options: TakerOptions = {}): Promise<Taker> {
  const script = join(import.meta.dirname, "take-lease.ts");
  const args = [script, location, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const ask = (line: string) => {
    child.stdin.write(`${line}\n`);
    return next();
  };
  if ((await next()) !== "ready") throw new Error("the process that is to take the lease did not start");
  return {
    pid: child.pid ?? 0,
    take: () => ask("take"),
    write: () => ask("write"),
    kill: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
    stop: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
  };
}
