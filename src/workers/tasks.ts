import { loadKnown } from "../manifest/load-desired.ts";
import { sealFiles } from "../sealing/seal-files.ts";
import { type ComputeInput, computeRouted } from "../target/compute-routed.ts";

/** One kind of work. */
interface Task<Input, Output> {
  /** What it does, as a message begins. */
  readonly title: string;
  /** Pure: plain data in, plain data out. An OperationalError that it throws arrives as one. */
  readonly run: (input: Input) => Output;
  /** How large it is, in characters, about. */
  readonly measure: (input: Input) => number;
}

/**
 * The work that grows with what others wrote: files of requests, answers of control planes, rows of the store. It needs no system and no
 * clock, so that it can be done in a process of its own.
 */
export const TASKS = {
  load: {
    title: "Reading the manifests",
    run: loadKnown,
    measure: ({ read }) => sumTexts(read.files),
  } satisfies Task<InputOf<"load">, OutputOf<"load">>,
  seal: {
    title: "Looking for sensitive values in the files of Flyte's clusters",
    run: sealFiles,
    measure: ({ files }) => sumTexts(files),
  } satisfies Task<InputOf<"seal">, OutputOf<"seal">>,
  compute: {
    title: "Computing the plan",
    run: computeRouted,
    measure: measureWorld,
  } satisfies Task<InputOf<"compute">, OutputOf<"compute">>,
};

/** The functions of the tasks, by name. */
interface Runs {
  readonly load: typeof loadKnown;
  readonly seal: typeof sealFiles;
  readonly compute: typeof computeRouted;
}

/** The names of all tasks. */
export type TaskName = keyof Runs;
/** What a task takes. */
export type InputOf<Name extends TaskName> = Parameters<Runs[Name]>[0];
/** What it gives. */
export type OutputOf<Name extends TaskName> = ReturnType<Runs[Name]>;

/** Characters of an object in a list, about. */
const OBJECT_LENGTH = 100;

function measureWorld({ desired, live, memory }: ComputeInput): number {
  const lists = [...Object.values(desired), ...Object.values(live), memory.owned];
  const count = lists.reduce((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
  const texts = [...desired.flyte_clusters, ...live.delivered].map(({ files }) => sumTexts(files));
  return texts.reduce((sum, length) => sum + length, OBJECT_LENGTH * count);
}

function sumTexts(files: readonly { readonly text: string }[]): number {
  return files.reduce((sum, { text }) => sum + text.length, 0);
}
