import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { GitStart } from "../../src/systems/git/start-git.ts";
import { PATIENCE_MS } from "./patience.ts";

/** How a git of a test ended. */
export interface TestGitEnd {
  readonly code: number | null;
  readonly output: Buffer;
  readonly said: string;
}

const { port1: port, port2 } = new MessageChannel();
/** 1 while the thread has an answer. */
const answered = new Int32Array(new SharedArrayBuffer(4));
const thread = new Worker(new URL("./run-git-thread.ts", import.meta.url), {
  workerData: { port: port2, answered },
  transferList: [port2],
});
// It does not keep a process from ending.
thread.unref();
port.unref();

/**
 * Runs git and waits for its end, as spawnSync does. That forks this process, which takes 20 ms where it has loaded most of the program and has
 * served many tests; a thread that has it launched takes 3 ms.
 */
export function runGitSync(start: Omit<GitStart, "isDetached">): TestGitEnd {
  port.postMessage(start);
  if (Atomics.wait(answered, 0, 0, PATIENCE_MS) === "timed-out") throw new Error(`git ${start.args.join(" ")} hangs`);
  Atomics.store(answered, 0, 0);
  const { error, code, output, said } = receiveMessageOnPort(port)?.message ?? {};
  if (error !== undefined) throw error;
  return { code, output: Buffer.from(output), said };
}
