import { spawn } from "node:child_process";
import { totalmem } from "node:os";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { deserialize, getHeapStatistics, serialize } from "node:v8";
import createLimit from "p-limit";
import { endedEarly } from "../http/until-aborted.ts";
import { OperationalError } from "../model/operational-error.ts";
import { type InputOf, type OutputOf, TASKS, type TaskName } from "./tasks.ts";
import type { Answer } from "./worker.ts";

/**
 * Does a task: a small one here and at once, a larger one in a process of its own that is ended when it takes too much time or memory
 * (OperationalError `too_costly`), or with the signal (`ended_early`). Throws what the task throws.
 */
export type RunTask = <Name extends TaskName>(
  name: Name,
  input: InputOf<Name>,
  signal: AbortSignal | undefined,
) => Promise<OutputOf<Name>>;

/** What a task may take. */
export interface TaskLimits {
  /** Tasks of more characters get a process of their own. Default 16,384: in less, nothing known takes a tenth of a second. */
  readonly smallest?: number;
  /** For any task, in milliseconds. Default 60,000. */
  readonly timeMs?: number;
  /** More for each million characters, in milliseconds. Default 20,000: a hundred times what they take on a machine at rest. */
  readonly timePerMillionMs?: number;
  /** Memory of its objects, in MB. Default: half of what Node gives this process. */
  readonly memoryMb?: number;
}

const ENTRY = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url));

const HEAP_MB = getHeapStatistics().heap_size_limit / 2 ** 20;
/** Of the machine, or of the container where that has less. */
const MEMORY_MB = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2 ** 20;

/** Processes at a time: as many as fit beside this one, so that no container is ended for them, and more than one target has at a time: a pass and a review. */
const AT_ONCE = Math.min(Math.max(Math.floor((MEMORY_MB - HEAP_MB) / (HEAP_MB / 2)), 3), 16);

/** Creates what does tasks. Nothing is started before a task is there that is large enough, and no process outlives its task. */
export function createRunTask({
  smallest = 16_384,
  timeMs = 60_000,
  timePerMillionMs = 20_000,
  memoryMb = Math.floor(HEAP_MB / 2),
}: TaskLimits = {}): RunTask {
  const inTurn = createLimit(AT_ONCE);
  return async <Name extends TaskName>(name: Name, input: InputOf<Name>, signal: AbortSignal | undefined) => {
    // One task's functions fit together; the compiler does not follow that through the table.
    const { title, run, measure } = TASKS[name] as unknown as {
      readonly title: string;
      readonly run: (input: InputOf<Name>) => OutputOf<Name>;
      readonly measure: (input: InputOf<Name>) => number;
    };
    const size = measure(input);
    if (size <= smallest) return run(input);
    const limits = { title, timeMs: timeMs + (timePerMillionMs * size) / 1_000_000, memoryMb };
    return inTurn(() => runApart<OutputOf<Name>>(name, input, { ...limits, signal }));
  };
}

interface Apart {
  readonly title: string;
  readonly timeMs: number;
  readonly memoryMb: number;
  readonly signal: AbortSignal | undefined;
}

async function runApart<Output>(name: TaskName, input: unknown, { title, timeMs, memoryMb, signal }: Apart) {
  if (signal?.aborted) throw endedEarly();
  // It is given nothing but its task: no variable that could hold a secret, and no right to write or to start anything.
  const flags = [`--max-old-space-size=${memoryMb}`, "--permission", "--allow-fs-read=*", "--no-warnings"];
  const child = spawn(process.execPath, [...flags, ENTRY, name], { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  let isLate = false;
  const end = () => child.kill("SIGKILL");
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeMs);
  signal?.addEventListener("abort", end);
  try {
    const ended = new Promise<string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, by) => resolve(by ?? `exit code ${code}`));
    });
    // What it does not read any more is lost with it, and said by how it ended.
    child.stdin.on("error", () => undefined);
    child.stdin.end(serialize(input));
    const [how, answer, words] = await Promise.all([ended, buffer(child.stdout), text(child.stderr)]);
    if (signal?.aborted) throw endedEarly();
    if (isLate) throw tooCostly(`${title} took more than ${Math.round(timeMs / 1000)} seconds`);
    if (how !== "exit code 0") {
      if (!isFault(how)) throw tooCostly(`${title} needed more than ${memoryMb} MB of memory`, { how, words });
      throw new Error(`the process for "${name}" ended with ${how}: ${words.slice(-LONGEST_WORDS)}`);
    }
    return open(deserialize(answer) as Answer<Output>);
  } catch (error) {
    if (error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn")) {
      const message = `No process could be started for a task: ${error.message}. Give poolkeeper more processes or memory.`;
      throw new OperationalError("no_process", message, { next: "retry", cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    end();
  }
}

/** The end of what a process said before it broke. */
const LONGEST_WORDS = 4_000;

/** Node ends by itself with a code below 128 where its program is wrong, and is ended by a signal where there is no memory left. */
function isFault(how: string): boolean {
  return /^exit code \d{1,2}$/.test(how);
}

function tooCostly(what: string, cause?: object): OperationalError {
  const message = `${what}, and was ended. Split the manifests over several targets, or make them smaller.`;
  return new OperationalError("too_costly", message, { next: "retry", ...(cause !== undefined && { cause }) });
}

function open<Output>(answer: Answer<Output>): Output {
  if (answer.kind === "done") return answer.output;
  const { message, stack } = answer;
  if (answer.kind === "refused") throw new OperationalError(answer.code, message, { next: answer.next });
  throw Object.assign(new Error(message), { stack });
}
