import type { OperationalError } from "../../model/errors/operational-error.ts";
import { readGit } from "./run-git.ts";

/** How git is run. */
export interface GitOptions {
  /** All the variables that git gets; those that steer git are taken as they are, so the caller has to choose them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Settings beside {@link SETTINGS}, as `name=value`. They show in the list of processes: no secrets. */
  readonly settings?: readonly string[];
  /** How long git may be silent, in milliseconds, before it is ended. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Turns what git ended with into an error for the person who must act. */
  readonly explain: (error: unknown) => OperationalError;
}

/** What one run of git gets beside its arguments. */
export interface GitCall {
  /** Standard input. */
  readonly input?: string;
  /** An index of its own. */
  readonly indexFile?: string;
  /** Ends it, in place of the signal that was given for all runs. */
  readonly signal?: AbortSignal;
  /** Bytes that it may write as its result. Default: as `runGit` has it. */
  readonly mostBytes?: number;
  /** Whether the beginning of more is a result, in place of an error. */
  readonly isCut?: boolean;
}

/** Runs git with these arguments and gives its standard output. Throws an OperationalError. */
export type RunGit = (args: readonly string[], call?: GitCall) => Promise<string>;

/** What holds for every git that we run: nothing of a repository is executed, and nothing happens in the background. */
export const SETTINGS: readonly string[] = [
  "core.hooksPath=/dev/null",
  "gc.auto=0",
  "maintenance.auto=false",
  "fetch.recurseSubmodules=no",
  "push.recurseSubmodules=no",
  // Objects arrive as one pack or not at all, so that a commit that is there is there with all of its files.
  "fetch.unpackLimit=1",
  "transfer.credentialsInUrl=die",
  // What gives git credentials gives them for any host.
  "http.followRedirects=false",
  // Large files are written as they come, and objects are built one after the other: see the limit of runGit.
  "core.bigFileThreshold=16m",
  "pack.threads=1",
];

/**
 * Git in a bare repository of our own, with the programs that it starts for a connection, of which none is left where it has to end. No hook runs, nothing
 * is asked, nothing is collected in the background, and addresses with credentials are refused by git itself too.
 */
export function openGit(folder: string, options: GitOptions): RunGit {
  const { settings = [], timeoutMs, signal, explain } = options;
  const given = [...SETTINGS, ...settings].flatMap((setting) => ["-c", setting]);
  return async (args, { input, indexFile, mostBytes, isCut, signal: ending = signal } = {}) => {
    const environment = completeEnvironment(options.environment, indexFile);
    try {
      return await readGit({
        args: [...given, ...args],
        folder,
        environment,
        timeoutMs,
        signal: ending,
        input,
        mostBytes,
        isCut,
      });
    } catch (error) {
      throw explain(error);
    }
  };
}

function completeEnvironment(environment: GitOptions["environment"], indexFile: string | undefined) {
  return {
    ...environment,
    GIT_TERMINAL_PROMPT: "0",
    // Messages are matched in English.
    LC_ALL: "C",
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
  };
}
