import { deserialize, serialize } from "node:v8";
import { Script } from "node:vm";
import { type Next, OperationalError } from "../../model/errors/operational-error.ts";
import { exceeds } from "./exceeds.ts";
import { frameMessage, readMessages } from "./messages.ts";
import { TASKS, type TaskName } from "./tasks.ts";

/** A task on its way to a process. */
export interface Order {
  readonly name: TaskName;
  readonly input: unknown;
  /** The process gives up the task by itself after this many milliseconds, at least 1: its parent may be gone. */
  readonly timeMs: number;
  /** The most bytes of an answer, as it is sent and as JSON: what reads it has one thread for everything. */
  readonly mostBytes: number;
}

/** What a process says of a task: what came out, or what was thrown. */
export type Answer<Output> =
  | { readonly kind: "done"; readonly output: Output }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly next: Next;
      readonly stack?: never;
    }
  | { readonly kind: "broken"; readonly message: string; readonly stack: string }
  /** It took too long. */
  | { readonly kind: "late" }
  /** What came out is not sent. */
  | { readonly kind: "large" };

const hold: { task: (() => unknown) | null } = { task: null };
/** A task is called by it, because only a script can be ended by the engine while it runs. */
const script = new Script("poolkeeperTask.task()");
Object.assign(globalThis, { poolkeeperTask: hold });

for await (const message of readMessages(process.stdin)) {
  const order = deserialize(message) as Order;
  const bytes = write(work(order), order);
  // Not put together first: that would take the memory once more.
  for (const part of frameMessage(bytes ?? serialize({ kind: "large" } satisfies Answer<never>)))
    process.stdout.write(part);
}

/** Null where it is too large. That is counted first: a short text that is there often takes little memory, and much once it is written. */
function write(answer: Answer<unknown>, { name, mostBytes }: Order): Buffer | null {
  const { isStored } = TASKS[name];
  if (exceeds(answer, mostBytes, isStored ? undefined : new Set())) return null;
  if (isStored && isLargeAsJson(answer, mostBytes)) return null;
  const bytes = serialize(answer);
  return bytes.length > mostBytes ? null : bytes;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

/** What is there once may be written out many times. */
function isLargeAsJson(answer: Answer<unknown>, most: number): boolean {
  try {
    return JSON.stringify(answer).length > most;
  } catch (error) {
    // Longer than any text can be.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

function work({ name, input, timeMs }: Order): Answer<unknown> {
  const run = TASKS[name].run as (input: unknown) => unknown;
  hold.task = () => run(input);
  try {
    return { kind: "done", output: script.runInThisContext({ timeout: timeMs }) };
  } catch (error) {
    if (isTimeout(error)) return { kind: "late" };
    if (error instanceof OperationalError) {
      return { kind: "refused", code: error.code, message: error.message, next: error.next };
    }
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    return { kind: "broken", message, stack };
  } finally {
    hold.task = null;
  }
}
