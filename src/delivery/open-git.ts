import { simpleGit } from "simple-git";
import { explainGitError } from "./explain-git-error.ts";

/** Who a commit is by. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** How git is run. */
export interface GitOptions {
  readonly author: Author;
  /** Where credentials come from: GIT_ASKPASS, GIT_SSH_COMMAND and the like. Other variables of git are not passed on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long git may be silent, in milliseconds, before it is ended. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The output, for messages. */
  readonly place: string;
}

/** What one run of git gets beside its arguments. */
export interface GitCall {
  /** Standard input. */
  readonly input?: string;
  /** An index of its own. */
  readonly indexFile?: string;
}

/** Runs git with these arguments and gives its standard output. Throws an OperationalError. */
export type RunGit = (args: readonly string[], call?: GitCall) => Promise<string>;

/** The variables of git that are passed on. */
const PASSED_ON = [
  "GIT_ASKPASS",
  "SSH_ASKPASS",
  "GIT_SSH_COMMAND",
  "GIT_SSL_CAINFO",
  "GIT_TERMINAL_PROMPT",
  "GIT_INDEX_FILE",
];
/** What may steer git and is not named above. */
const GUARDED = /^(GIT_.*|EDITOR|VISUAL|PAGER|PREFIX|SSH_ASKPASS)$/i;

/**
 * Git in a bare repository of our own. No hook runs, nothing is asked, nothing is collected in the background, and addresses with
 * credentials are refused by git itself too.
 */
export function openGit(folder: string, options: GitOptions): RunGit {
  const { author, timeoutMs, signal, place } = options;
  return async (args, { input, indexFile } = {}) => {
    try {
      const git = simpleGit({
        baseDir: folder,
        timeout: { block: timeoutMs },
        config: [...SETTINGS, `user.name=${author.name}`, `user.email=${author.email}`],
        allowEnvironment: PASSED_ON,
        // Each is switched on for one purpose: no templates, no hooks, and the caller's own way of getting credentials.
        unsafe: {
          allowUnsafeTemplateDir: true,
          allowUnsafeHooksPath: true,
          allowUnsafeAskPass: true,
          allowUnsafeSshCommand: true,
        },
        input: () => input,
        // By itself, simple-git takes a git that fails without a word for one that succeeds.
        errors: (error, { exitCode }) =>
          error ?? (exitCode === 0 ? undefined : new Error(`git ended with ${exitCode} and said nothing`)),
        ...(signal === undefined ? {} : { abort: signal }),
      });
      return await git.env(selectEnvironment(options.environment, indexFile)).raw([...args]);
    } catch (error) {
      throw explainGitError(error, place);
    }
  };
}

const SETTINGS = [
  "core.hooksPath=/dev/null",
  "gc.auto=0",
  "maintenance.auto=false",
  "fetch.recurseSubmodules=no",
  "push.recurseSubmodules=no",
  // Objects arrive as one pack or not at all, so that a commit that is there is there with all of its files.
  "fetch.unpackLimit=1",
  "transfer.credentialsInUrl=die",
];

function selectEnvironment(environment: GitOptions["environment"], indexFile: string | undefined) {
  const kept = Object.entries(environment).filter(([name]) => PASSED_ON.includes(name) || !GUARDED.test(name));
  return {
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: "0",
    // Messages are told apart in English.
    LC_ALL: "C",
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
  };
}
