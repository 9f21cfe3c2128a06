import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import createLimit from "p-limit";
import { endedEarly } from "../http/until-aborted.ts";
import { OperationalError } from "../model/operational-error.ts";
import { startWorker, type Worker } from "./start-worker.ts";
import { type InputOf, type OutputOf, TASKS, type TaskName } from "./tasks.ts";

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

const HEAP_MB = getHeapStatistics().heap_size_limit / 2 ** 20;
/** Of the machine, or of the container where that has less. */
const MEMORY_MB = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2 ** 20;

/** Processes at a time: as many as fit beside this one, so that no container is ended for them, and more than one target has at a time: a pass and a review. */
const AT_ONCE = Math.min(Math.max(Math.floor((MEMORY_MB - HEAP_MB) / (HEAP_MB / 2)), 3), 16);

/** How long a process waits for its next task, in milliseconds: a pass has several, and the first one pays for starting and compiling. */
const IDLE_MS = 5_000;

/** How much longer than it is waited for a task may run where nobody is left to end it, in milliseconds. */
const GRACE_MS = 5_000;

/** Creates what does tasks. Nothing is started before a task is there that is large enough. */
export function createRunTask({
  smallest = 16_384,
  timeMs = 60_000,
  timePerMillionMs = 20_000,
  memoryMb = Math.floor(HEAP_MB / 2),
}: TaskLimits = {}): RunTask {
  const inTurn = createLimit(AT_ONCE);
  const workers = createPool(() => startWorker(memoryMb));
  return async <Name extends TaskName>(name: Name, input: InputOf<Name>, signal: AbortSignal | undefined) => {
    // One task's functions fit together; the compiler does not follow that through the table.
    const { title, run, measure } = TASKS[name] as unknown as {
      readonly title: string;
      readonly run: (input: InputOf<Name>) => OutputOf<Name>;
      readonly measure: (input: InputOf<Name>) => number;
    };
    const size = measure(input);
    if (size <= smallest) return run(input);
    const limitMs = timeMs + (timePerMillionMs * size) / 1_000_000;
    const task = { name, input, title, limitMs, memoryMb, signal };
    return inTurn(() => workers.use((worker) => runApart<OutputOf<Name>>(worker, task)));
  };
}

/** Processes that were started for a task and do the next ones, as long as they come soon. */
function createPool(start: () => Worker) {
  const idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout }[] = [];
  const rest = (worker: Worker) => {
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((one) => one.worker === worker),
        1,
      );
      worker.end();
    }, IDLE_MS);
    timer.unref();
    idle.push({ worker, timer });
  };
  return {
    /** One that was ended, or in which something broke, is not used again. */
    use: async <Result>(work: (worker: Worker) => Promise<Result>): Promise<Result> => {
      const waiting = idle.pop();
      clearTimeout(waiting?.timer);
      const worker = waiting?.worker ?? start();
      try {
        const result = await work(worker);
        rest(worker);
        return result;
      } catch (error) {
        worker.end();
        throw error;
      }
    },
  };
}

interface Apart {
  readonly name: TaskName;
  readonly input: unknown;
  readonly title: string;
  readonly limitMs: number;
  readonly memoryMb: number;
  readonly signal: AbortSignal | undefined;
}

async function runApart<Output>(worker: Worker, { name, input, title, limitMs, memoryMb, signal }: Apart) {
  if (signal?.aborted) throw endedEarly();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    worker.end();
  }, limitMs);
  signal?.addEventListener("abort", worker.end);
  try {
    const answer = await worker.ask({ name, input, timeMs: Math.ceil(limitMs) + GRACE_MS }).catch(explainNoProcess);
    if (signal?.aborted) throw endedEarly();
    if (answer.kind === "done") return answer.output as Output;
    if (answer.kind === "refused") throw new OperationalError(answer.code, answer.message, { next: answer.next });
    if (answer.kind === "broken") throw Object.assign(new Error(answer.message), { stack: answer.stack });
    if (isLate) throw tooCostly(`${title} took more than ${Math.round(limitMs / 1000)} seconds`);
    if (!isFault(answer.how)) throw tooCostly(`${title} needed more than ${memoryMb} MB of memory`, answer);
    throw new Error(`the process for "${name}" ended with ${answer.how}: ${answer.words}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", worker.end);
  }
}

function explainNoProcess(error: unknown): never {
  if (!(error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn"))) throw error;
  const message = `No process could be started for a task: ${error.message}. Give poolkeeper more processes or memory.`;
  throw new OperationalError("no_process", message, { next: "retry", cause: error });
}

/** Node ends by itself with a code below 128 where its program is wrong, and is ended by a signal where there is no memory left. */
function isFault(how: string): boolean {
  return /^exit code \d{1,2}$/.test(how);
}

function tooCostly(what: string, cause?: object): OperationalError {
  const message = `${what}, and was ended. Split the manifests over several targets, or make them smaller.`;
  return new OperationalError("too_costly", message, { next: "retry", ...(cause !== undefined && { cause }) });
}
