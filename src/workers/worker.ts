import { deserialize, serialize } from "node:v8";
import { Script } from "node:vm";
import { type Next, OperationalError } from "../model/operational-error.ts";
import { frameMessage, readMessages } from "./messages.ts";
import type { Order } from "./start-worker.ts";
import { TASKS } from "./tasks.ts";

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
  | { readonly kind: "broken"; readonly message: string; readonly stack: string };

const hold: { task: (() => unknown) | null } = { task: null };
/** A task is called by it, because only a script can be ended by the engine while it runs. */
const script = new Script("poolkeeperTask.task()");
Object.assign(globalThis, { poolkeeperTask: hold });

for await (const message of readMessages(process.stdin)) {
  process.stdout.write(frameMessage(serialize(work(deserialize(message) as Order))));
}

function work({ name, input, timeMs }: Order): Answer<unknown> {
  const run = TASKS[name].run as (input: unknown) => unknown;
  hold.task = () => run(input);
  try {
    return { kind: "done", output: script.runInThisContext({ timeout: timeMs }) };
  } catch (error) {
    if (error instanceof OperationalError) {
      return { kind: "refused", code: error.code, message: error.message, next: error.next };
    }
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    return { kind: "broken", message, stack };
  } finally {
    hold.task = null;
  }
}
