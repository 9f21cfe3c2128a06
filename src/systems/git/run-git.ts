import { existsSync } from "node:fs";
import { hasCode } from "../../model/errors/has-code.ts";
import { LONGEST_SECRET } from "../../model/secrets/cut-foreign.ts";
import { launchGit } from "./launch-git.ts";
import { startGit } from "./start-git.ts";

/** One run of git with all the programs that it starts. */
export interface GitRun {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long it may be silent, in milliseconds: a disk that hangs is no reason to wait without end. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Standard input; nothing where it is left out. */
  readonly input?: string | undefined;
  /** Bytes that it may write as its result. Default {@link MOST_OUTPUT}. */
  readonly mostBytes?: number | undefined;
  /** Whether the beginning of more is a result, in place of an error. */
  readonly isCut?: boolean | undefined;
}

/** How git ended. */
export interface GitEnd {
  readonly code: number;
  /** Its standard output. */
  readonly output: Buffer;
  /** What it said to people; of more than {@link MOST_SAID}, the end. */
  readonly said: string;
}

const WHY = {
  timeout: "git produced no output for too long",
  cancelled: "git was stopped",
  endless: "git produced more output than a git server sends",
} as const;

/** Git was ended by us: silent for too long, by the caller's signal, or because it said more than it may. */
export class GitEndedError extends Error {
  readonly why: keyof typeof WHY;

  constructor(why: keyof typeof WHY) {
    super(WHY[why]);
    this.why = why;
  }
}

/** Bytes of what git writes as its result, such as the branches of a server: half a million of them are below that. */
const MOST_OUTPUT = 64_000_000;
/**
 * Characters of what it says to people, most of which are the server's; of more, the last ones say how it ended. So many more than are
 * shown that half of a secret at the cut is not.
 */
const MOST_SAID = 32_000 + LONGEST_SECRET + 1;

/**
 * The most that git may take for one object. A pack of some kilobytes can stand for objects of gigabytes, which git builds in memory; the kernel
 * would end this process too. A mirror of a few million objects is listed in less.
 */
const LARGEST_OBJECT = "256m";

/** How long git has for removing its locks, in milliseconds, before it is killed. */
const GRACE_MS = 2_000;

/** Bytes of memory up to which this process starts git itself: forking it takes less than 10 ms. A daemon at rest has half of it. */
const SMALL = 250_000_000;

/**
 * Runs git, with a signal as the leader of a process group, and ends the whole group where it has to end: what git starts for a connection
 * (`git-remote-https`, `ssh`) outlives it otherwise. Resolves after all of them are gone, with any exit code. Throws a GitEndedError, what
 * kept git from starting, or by which signal something else has ended it.
 */
export async function runGit(run: GitRun): Promise<GitEnd> {
  const { args, folder, environment, timeoutMs, signal, input = "", mostBytes = MOST_OUTPUT, isCut = false } = run;
  if (signal?.aborted === true) throw new GitEndedError("cancelled");
  const chunks: Buffer[] = [];
  let bytes = 0;
  let said = "";
  let ended: GitEndedError | null = null;
  let killing: NodeJS.Timeout | undefined;
  const end = (why: GitEndedError["why"]) => {
    if (ended !== null) return;
    ended = new GitEndedError(why);
    git.kill("SIGTERM");
    killing = setTimeout(() => git.kill("SIGKILL"), GRACE_MS);
  };
  // Without a signal it is never ended, and it may prompt on a terminal, which a separate process group does not have.
  const isDetached = signal !== undefined;
  const start = isDetached && process.memoryUsage.rss() > SMALL ? launchGit : startGit;
  const git = start(
    { args, folder, environment: { ...environment, GIT_ALLOC_LIMIT: LARGEST_OBJECT }, input, isDetached },
    {
      onOutput: (chunk) => {
        silence.refresh();
        bytes += chunk.length;
        if (bytes > mostBytes) end("endless");
        else if (ended === null) chunks.push(chunk);
      },
      onSaid: (text) => {
        silence.refresh();
        said += text;
        if (said.length > 2 * MOST_SAID) said = said.slice(-MOST_SAID);
      },
    },
  );
  const cancel = () => end("cancelled");
  const silence = setTimeout(() => end("timeout"), timeoutMs);
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const { code, killer } = await git.ended;
    if (isCut && isEndless(ended)) return { code: 0, output: Buffer.concat(chunks), said: said.trim() };
    if (ended !== null) throw ended;
    if (code === null) throw new Error(`git was killed by ${killer}`);
    return { code, output: Buffer.concat(chunks), said: said.trim() };
  } catch (error) {
    // Without its folder, git itself is reported as missing.
    throw hasCode(error, "ENOENT") && !existsSync(folder) ? new Error(`fatal: ${folder} is gone`) : error;
  } finally {
    clearTimeout(silence);
    clearTimeout(killing);
    signal?.removeEventListener("abort", cancel);
  }
}

function isEndless(ended: GitEndedError | null): boolean {
  return ended?.why === "endless";
}

/** {@link runGit} for its result as text. Throws an Error with what git said, too, where it fails. */
export async function readGit(run: GitRun): Promise<string> {
  const { code, output, said } = await runGit(run);
  if (code !== 0) throw new Error(said || `git exited with code ${code} and no output`);
  return output.toString("utf8");
}
