import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A process that carries out what is requested. */
export interface Replica {
  readonly name: string;
  /** Lets passes end that wait for it. */
  readonly go: () => void;
  readonly stop: () => void;
  readonly resume: () => void;
  /** Resolves when the process is gone. */
  readonly kill: () => Promise<void>;
}

export interface ReplicaOptions {
  /** How long a pass takes; null: until {@link Replica.go}. */
  readonly passMs: number | null;
  readonly takeOverMs?: number;
  readonly leaseMs?: number;
}

/** Starts one for the running test; it looks for work once this resolves. */
export async function startReplica(url: string, name: string, options: ReplicaOptions): Promise<Replica> {
  const args = [join(import.meta.dirname, "run-replica.ts"), url, name, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const kill = async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  onTestFinished(kill);
  const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  if (first.value !== "ready") throw new Error(`replica ${name} did not start`);
  return {
    name,
    go: () => void child.stdin.write("go\n"),
    stop: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    kill,
  };
}
