import { buffer } from "node:stream/consumers";
import { deserialize, serialize } from "node:v8";
import { type Next, OperationalError } from "../model/operational-error.ts";
import { TASKS, type TaskName } from "./tasks.ts";

/** What a process says of its task: what came out, or what was thrown. */
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

// Started with the name of a task and what that takes, by this same program.
const run = TASKS[process.argv[2] as TaskName].run as (input: unknown) => unknown;
const answer = work(deserialize(await buffer(process.stdin)));
process.stdout.write(serialize(answer));

function work(input: unknown): Answer<unknown> {
  try {
    return { kind: "done", output: run(input) };
  } catch (error) {
    if (error instanceof OperationalError) {
      return { kind: "refused", code: error.code, message: error.message, next: error.next };
    }
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    return { kind: "broken", message, stack };
  }
}
