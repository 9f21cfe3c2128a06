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
  /** Resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  readonly stop: () => void;
}

/** Starts one for the running test; it has the store open when this resolves. */
export async function startTaker(location: string): Promise<Taker> {
  const script = join(import.meta.dirname, "take-lease.ts");
  const child = spawn(process.execPath, [script, location], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  await next();
  return {
    pid: child.pid ?? 0,
    take: () => {
      child.stdin.write("take\n");
      return next();
    },
    kill: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
    stop: () => void child.kill("SIGSTOP"),
  };
}
