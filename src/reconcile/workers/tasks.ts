import { loadKnown } from "../../manifests/load-desired.ts";
import { findSealedPaths } from "../../sealing/find-sealed-paths.ts";
import { sealFiles } from "../../sealing/seal-files.ts";
import { computeRouted } from "../compute-routed.ts";

/** One kind of work. */
interface Task<Input, Output> {
  /** What it does, as a message begins. */
  readonly title: string;
  /** The most characters that are worked through where everything else waits: nothing known takes a tenth of a second for them. */
  readonly smallest: number;
  /** How many times the bytes that went in may come out at most, beside what any task may give. */
  readonly growth: number;
  /** Whether what comes out is written as JSON later: there, what is shared is written again each time. */
  readonly isStored: boolean;
  /** The part of the input by which a task that costs too much is recognised: it will again, after small changes too. */
  readonly subject: (input: Input) => unknown;
  /** Whether the subject alone decides what it costs: then what one target found out counts for all. */
  readonly isShared: boolean;
  /** Pure: plain data in, plain data out. An OperationalError that it throws arrives as one. */
  readonly run: (input: Input) => Output;
}

/**
 * The work that grows with what others wrote: files of requests, answers of control planes, rows of the store. It needs no system and no
 * clock, so that it can be done in a process of its own.
 */
export const TASKS = {
  load: {
    title: "Reading the manifests",
    smallest: 16_384,
    growth: 20,
    isStored: false,
    subject: ({ read, org }) => [read.files, org],
    isShared: true,
    run: loadKnown,
  } satisfies Task<InputOf<"load">, OutputOf<"load">>,
  seal: {
    title: "Looking for sensitive values in the files of Flyte's clusters",
    smallest: 16_384,
    // Where every word is sealed, thirteen times.
    growth: 20,
    isStored: false,
    subject: ({ files }) => files,
    isShared: false,
    run: sealFiles,
  } satisfies Task<InputOf<"seal">, OutputOf<"seal">>,
  recall: {
    title: "Looking for sealed values in the files that were applied",
    smallest: 16_384,
    // Of each value its path, which may be much longer than the marker in its place.
    growth: 64,
    isStored: false,
    subject: ({ files }) => files,
    isShared: true,
    run: findSealedPaths,
  } satisfies Task<InputOf<"recall">, OutputOf<"recall">>,
  compute: {
    title: "Computing the plan",
    // The same objects as wanted, live and remembered: more characters, and each costs less than one of a file.
    smallest: 65_536,
    // Where all is created, four times.
    growth: 8,
    isStored: true,
    subject: ({ desired, options }) => [desired, options],
    isShared: false,
    run: computeRouted,
  } satisfies Task<InputOf<"compute">, OutputOf<"compute">>,
};

/** The functions of the tasks, by name. */
interface Runs {
  readonly load: typeof loadKnown;
  readonly seal: typeof sealFiles;
  readonly recall: typeof findSealedPaths;
  readonly compute: typeof computeRouted;
}

/** The names of all tasks. */
export type TaskName = keyof Runs;
/** What a task takes. */
export type InputOf<Name extends TaskName> = Parameters<Runs[Name]>[0];
/** What it gives. */
export type OutputOf<Name extends TaskName> = ReturnType<Runs[Name]>;
