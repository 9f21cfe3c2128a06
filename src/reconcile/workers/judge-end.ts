import type { Ended } from "./start-worker.ts";

/**
 * Why a process ended by itself. Only the first is about its task: it needed more memory than it was given. `defect`: its program is wrong.
 * `not_started`: the program could not be loaded. `outside`: the kernel, a limit of the machine or a person ended it.
 */
export type Cause = "memory" | "defect" | "not_started" | "outside";

/** What the engine says when objects do not fit into the memory that it was given. */
const NO_MEMORY = /heap out of memory|Allocation failed|invalid (?:table|array|string)? ?(?:size|length)/;

/** Judges by how the process ended and what it said. A signal alone says nothing of the task: Node also aborts where it gets no thread. */
export function judgeEnd({ how, words }: Pick<Ended, "how" | "words">): Cause {
  if (NO_MEMORY.test(words)) return "memory";
  // What the shell and the loader say where a program or its libraries are not found or may not be run.
  if (/^exit code 12[67]$/.test(how)) return "not_started";
  // Node ends by itself with a code below 128 where its program is wrong.
  return /^exit code \d{1,2}$/.test(how) ? "defect" : "outside";
}
