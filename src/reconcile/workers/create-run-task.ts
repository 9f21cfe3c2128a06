import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import { NO_PROCESS, OperationalError } from "../../model/errors/operational-error.ts";
import { endedEarly } from "../../systems/http/until-aborted.ts";
import { divideMemory, MESSAGE_SHARE, measureMemory } from "./divide-memory.ts";
import { exceeds } from "./exceeds.ts";
import { type Clock, shareSlots, type TaskOwner } from "./share-slots.ts";
import { type Ended, startWorker, type Worker } from "./start-worker.ts";
import { type InputOf, type OutputOf, TASKS, type TaskName } from "./tasks.ts";
import type { Order } from "./worker.ts";

/**
 * Runs a task: a small one in this process immediately, a larger one in a process of its own that is ended when it takes too much time or
 * memory (OperationalError `too_costly`), or with the signal (`ended_early`). Throws what the task throws.
 */
export type RunTask = <Name extends TaskName>(
  name: Name,
  input: InputOf<Name>,
  signal: AbortSignal | undefined,
) => Promise<OutputOf<Name>>;

/** What a task may take. */
export interface TaskLimits {
  /** Tasks of more characters get a process of their own. Default: what the task says. */
  readonly smallest?: number;
  /** For any task, in milliseconds. Default 60,000. */
  readonly timeMs?: number;
  /** More for each million bytes, in milliseconds. Default 20,000: a hundred times what they take on a machine at rest. */
  readonly timePerMillionMs?: number;
  /** Memory of its objects, in MB. Default: what {@link divideMemory} says. */
  readonly memoryMb?: number;
  /** The most bytes of a result, for any input. Default 16 million; the task's own growth is added. Never more than a quarter of its memory. */
  readonly answerBytes?: number;
  /** Processes at a time, at least 2. Default: the same. */
  readonly atOnce?: number;
  /** A task that runs for longer than this leaves a slot to short ones of other targets, in milliseconds. Default 5,000. */
  readonly longMs?: number;
  /** By it a task is long. Default: the machine's. */
  readonly clock?: Clock;
}

/** For how many looks a task that cost too much is left alone. Each time it does again it is for twice as many, as the machine may just have been busy. */
const FIRST_LOOKS = 8;
const MOST_LOOKS = 1_024;
const MOST_REFUSALS = 1_000;

const SHARES = divideMemory(measureMemory());

/** By so much what is estimated may be more than what is written. */
const SURELY_LARGER = 2;

/** How long a process waits for its next task, in milliseconds: a pass has several, and the first one pays for starting and compiling. */
const IDLE_MS = 5_000;

/**
 * The grace beyond a task's time limit, in milliseconds: the process measures the time itself, as this one may stand still. It is ended from
 * here only where that does not help.
 */
const GRACE_MS = 60_000;

/** Creates what does the tasks of one owner and another, who share the processes. Nothing is started before a task is there that is large enough. */
export function createRunTask({
  smallest,
  timeMs = 60_000,
  timePerMillionMs = 20_000,
  memoryMb = SHARES.taskMb,
  answerBytes = 16_000_000,
  atOnce = SHARES.atOnce,
  ...sharing
}: TaskLimits = {}): (owner: TaskOwner) => RunTask {
  const slots = shareSlots({ slots: atOnce, ...sharing });
  const workers = createPool(() => startWorker(memoryMb));
  const openRefusal = createRefusals();
  return (owner) =>
    async <Name extends TaskName>(name: Name, input: InputOf<Name>, signal: AbortSignal | undefined) => {
      // One task's functions fit together; the compiler does not follow that through the table.
      const task = TASKS[name] as unknown as {
        readonly title: string;
        readonly smallest: number;
        readonly growth: number;
        readonly subject: (input: InputOf<Name>) => unknown;
        readonly isShared: boolean;
        readonly run: (input: InputOf<Name>) => OutputOf<Name>;
      };
      if (!exceeds(input, smallest ?? task.smallest)) return task.run(input);
      const runOnce = async (giveWay: AbortSignal) => {
        const share = memoryMb * 1_000_000 * MESSAGE_SHARE;
        const tooLarge = () => tooCostly(`${task.title} has more than ${Math.round(share / 1_000_000)} MB to read`);
        // Writing it out takes the time and the memory of all of it.
        if (exceeds(input, SURELY_LARGER * share, new Set())) throw tooLarge();
        const size = serialize(input).length;
        if (size > share) throw tooLarge();
        const limitMs = timeMs + (timePerMillionMs * size) / 1_000_000;
        const mostBytes = Math.min(answerBytes + task.growth * size, share);
        const order: Order = { name, input, timeMs: Math.max(1, Math.ceil(limitMs)), mostBytes };
        const apart = {
          order: serialize(order),
          title: task.title,
          limitMs,
          memoryMb,
          mostBytes,
          signal: AbortSignal.any([giveWay, ...(signal === undefined ? [] : [signal])]),
        };
        const first = await workers.use((worker) => runApart(worker, apart));
        // Another process may have ended it, also when idle: that says nothing of the task.
        const last = first.kind === "ended" ? await workers.use((worker) => runApart(worker, apart)) : first;
        if (last.kind !== "ended") return last.output as OutputOf<Name>;
        throw endedTwice(task.title, last);
      };
      const refusal = openRefusal([name, task.isShared ? null : owner.target, task.subject(input)]);
      refusal.throwKnown();
      const runIfUnknown = async (giveWay: AbortSignal) => {
        // Targets that share files wait with the same task: what one of them found out costs the others nothing.
        refusal.throwKnown();
        return refusal.remember(() => runOnce(giveWay));
      };
      return slots.use(owner, runIfUnknown, signal);
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
  const take = (): Worker | undefined => {
    for (let waiting = idle.pop(); waiting !== undefined; waiting = idle.pop()) {
      clearTimeout(waiting.timer);
      if (!waiting.worker.hasEnded()) return waiting.worker;
    }
    return undefined;
  };
  return {
    /** One that was ended, or in which something broke, is not used again. */
    use: async <Result>(work: (worker: Worker) => Promise<Result>): Promise<Result> => {
      const worker = take() ?? start();
      try {
        const result = await work(worker);
        if (!worker.hasEnded()) rest(worker);
        return result;
      } catch (error) {
        worker.end();
        throw error;
      }
    },
  };
}

/** What cost too much lately: it would again. */
function createRefusals() {
  const known = new Map<string, { readonly message: string; readonly looks: number; readonly left: number }>();
  return (subject: unknown) => {
    const name = () => createHash("sha256").update(serialize(subject)).digest("hex");
    const find = () => (known.size === 0 ? undefined : known.get(name()));
    return {
      /** Throws `too_costly` where that is known, for a number of calls. */
      throwKnown: (): void => {
        const former = find();
        if (former === undefined || former.left === 0) return;
        known.set(name(), { ...former, left: former.left - 1 });
        const again = `It is retried after ${former.left} more ${former.left === 1 ? "attempt" : "attempts"}.`;
        throw new OperationalError("too_costly", `${former.message} ${again}`, { next: "stop" });
      },
      /** Throws what the work throws, and keeps in mind whether that is `too_costly`. */
      remember: async <Result>(work: () => Promise<Result>): Promise<Result> => {
        const former = find();
        try {
          const result = await work();
          if (former !== undefined) known.delete(name());
          return result;
        } catch (error) {
          if (!(error instanceof OperationalError) || error.code !== "too_costly") throw error;
          const looks = former === undefined ? FIRST_LOOKS : Math.min(2 * former.looks, MOST_LOOKS);
          known.set(name(), { message: error.message, looks, left: looks });
          for (const oldest of [...known.keys()].slice(0, -MOST_REFUSALS)) known.delete(oldest);
          throw error;
        }
      },
    };
  };
}

interface Apart {
  readonly order: Buffer;
  readonly title: string;
  readonly limitMs: number;
  readonly memoryMb: number;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/** `ended`: neither by its task nor by us. */
async function runApart(worker: Worker, { order, title, limitMs, memoryMb, mostBytes, signal }: Apart) {
  if (signal.aborted) throw endedEarly();
  const timer = setTimeout(worker.end, limitMs + GRACE_MS);
  signal.addEventListener("abort", worker.end);
  try {
    const answer = await worker.ask(order).catch(explainNoProcess);
    if (signal.aborted) throw endedEarly();
    switch (answer.kind) {
      case "done":
        return answer;
      case "refused":
        throw new OperationalError(answer.code, answer.message, { next: answer.next });
      case "broken":
        throw Object.assign(new Error(answer.message), { stack: answer.stack });
      case "late":
        throw tooCostly(`${title} took more than ${Math.round(limitMs / 1000)} seconds`);
      case "large":
        throw tooCostly(`${title} produced more than ${Math.round(mostBytes / 1_000_000)} MB`);
      case "ended":
        switch (judgeEnd(answer, memoryMb)) {
          case "memory":
            throw tooCostly(`${title} needed more than ${memoryMb} MB of memory`);
          case "defect":
            throw new Error(`the process of a task ended with ${answer.how}: ${answer.words}`);
          case "not_started":
            throw noProcess(`${answer.how}: ${firstLine(answer.words)}`);
          case "outside":
            return answer;
        }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", worker.end);
  }
}

function explainNoProcess(error: unknown): never {
  if (!(error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn"))) throw error;
  throw noProcess(error.message, error);
}

function noProcess(why: string, cause?: Error): OperationalError {
  const message = `No process could be started for a task (${why}). Raise the limits of processes, threads and memory of poolkeeper's container or unit, and see that Node starts there without any environment variable.`;
  return new OperationalError(NO_PROCESS, message, { next: "retry", cause });
}

function endedTwice(title: string, { how, words }: Ended): OperationalError {
  const said = words.trim() === "" ? "" : ` Its output: ${firstLine(words)}`;
  const message = `${title} was killed twice from outside (${how}), as the kernel does when memory, processes or threads run out. Raise these limits of poolkeeper's container or unit.${said}`;
  return new OperationalError("task_ended", message, { next: "retry" });
}

/** The line that says why a process ended: the engine draws a frame around it. */
function firstLine(words: string): string {
  const lines = words.trim().split("\n");
  return lines.find((line) => /fatal|terminate|error/i.test(line)) ?? lines[0] ?? "";
}

function tooCostly(what: string): OperationalError {
  const message = `${what}, and was stopped. Split the manifests over several targets, or make them smaller.`;
  return new OperationalError("too_costly", message, { next: "stop" });
}

/**
 * Why a process ended by itself. Only the first is about its task: it needed more memory than it was given. `defect`: its program is wrong.
 * `not_started`: the program could not be loaded. `outside`: the kernel, a limit of the machine or a person ended it.
 */
type Cause = "memory" | "defect" | "not_started" | "outside";

/** What the engine says when objects do not fit into the memory that it was given. */
const OVER_LIMIT = /(?:Reached|near) heap limit|invalid (?:table|array|string)? ?(?:size|length)/;
/** What it says when it gets no more memory, from its limit or from the machine. */
const NO_MEMORY = /heap out of memory/;
/** What its objects took after a collection, in MB. */
const COLLECTED = /-> (\d+)\.\d+ \(/g;
/** A table that grows needs twice as much beside what it has: it may exceed the limit when its objects take a third of that. */
const GROWTH = 3;

/**
 * Judges by how the process ended and what it said, of one whose objects may take so many MB. A signal alone says nothing of the task: Node also
 * aborts where it gets no thread, and where the machine has less memory than the limit.
 */
export function judgeEnd({ how, words }: Pick<Ended, "how" | "words">, memoryMb: number): Cause {
  const takenMb = Number([...words.matchAll(COLLECTED)].at(-1)?.[1] ?? 0);
  if (OVER_LIMIT.test(words) || (NO_MEMORY.test(words) && takenMb * GROWTH >= memoryMb)) return "memory";
  // What the shell and the loader say where a program or its libraries are not found or may not be run.
  if (/^exit code 12[67]$/.test(how)) return "not_started";
  // Node ends by itself with a code below 128 where its program is wrong.
  return /^exit code \d{1,2}$/.test(how) ? "defect" : "outside";
}
