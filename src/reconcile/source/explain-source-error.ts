import { hasCode } from "../../model/errors/has-code.ts";
import { type Next, NO_PROCESS, OperationalError, SHORTAGE } from "../../model/errors/operational-error.ts";
import type { Redact } from "../../model/secrets/cut-foreign.ts";
import { type GitFaultKind, readGitFault } from "../../systems/git/read-git-fault.ts";
import { MOST_MEMORY_MB } from "../../systems/git/start-git.ts";

interface Explanation {
  readonly code: string;
  readonly next: Next;
  readonly remedy: string;
}

const UNREACHABLE: Explanation = {
  code: "source_unreachable",
  next: "retry",
  remedy: "Check the address, the network with its proxy, and the server. The fetch is retried.",
};
const DENIED: Explanation = {
  code: "source_refused",
  next: "wait",
  remedy:
    "Check that the token or ssh key is right, not expired, and may read this repository, and that `known_hosts` has the server's key.",
};
/** Neither the server nor the network: the mirror, or the server's data. Callers recreate the mirror once. */
const DAMAGED: Explanation = {
  code: "source_damaged",
  next: "retry",
  remedy: "See git's message: the mirror, or the server's data, can't be read. The mirror is recreated.",
};

/** Recreating the mirror would take as much room again. */
const FULL: Explanation = {
  code: "source_no_space",
  next: "retry",
  remedy: "Make room on the disk of the data directory. What was half fetched is removed, and the fetch is retried.",
};

/** What to do about each fault of git. */
const EXPLANATIONS: Readonly<Record<GitFaultKind, Explanation>> = {
  no_git: { code: "source_unreachable", next: "stop", remedy: "Install git and add it to the PATH." },
  starved: { code: NO_PROCESS, next: "retry", remedy: SHORTAGE },
  full: FULL,
  oversized: {
    code: "source_too_large",
    next: "wait",
    remedy:
      "An object of it takes more than 256 MB once it is unpacked. Remove it, or keep large files out of the repository.",
  },
  swollen: {
    code: "source_too_large",
    next: "wait",
    remedy: `git needs more than ${MOST_MEMORY_MB} MB of memory for it. Remove branches and large files from the repository, or check the server.`,
  },
  malformed: {
    code: "source_malformed",
    next: "wait",
    remedy: "Git's check refuses an object of it, which git's message names. Push a history without it.",
  },
  untrusted: {
    code: "source_unreachable",
    next: "wait",
    remedy: "The server's certificate is not trusted. For a private authority, set `ca_file` to its certificate.",
  },
  branch_missing: {
    code: "branch_missing",
    next: "wait",
    remedy: "Push the branch, or correct `branch`. The last applied revision stays in effect.",
  },
  redirected: {
    code: "source_refused",
    next: "wait",
    remedy: "The server redirects, and redirects are not followed. Set the repository's new address.",
  },
  busy: {
    ...UNREACHABLE,
    next: "retry",
    remedy: "The server limits requests: increase `poll`, or use a webhook.",
  },
  denied: DENIED,
  unreachable: UNREACHABLE,
  no_repository: {
    code: "source_refused",
    next: "wait",
    remedy:
      "The repository was deleted or renamed, or the credentials have no access to it. Check both. The last applied revision stays in effect.",
  },
  locked: DAMAGED,
  rejected: DAMAGED,
  timeout: {
    ...UNREACHABLE,
    remedy: "git produced no output for too long and was stopped. Check the server, or raise `timeout`.",
  },
  endless: {
    code: "source_refused",
    next: "wait",
    remedy: "Check the address: a git server sends less output.",
  },
  cancelled: { ...UNREACHABLE, next: "stop", remedy: "Reading was stopped." },
  other: DAMAGED,
};

/** Turns what git, or the file system below it, ended with into an OperationalError. An OperationalError is returned as it is. */
export function explainSourceError(error: unknown, place: string, redact: Redact): OperationalError {
  if (error instanceof OperationalError) return error;
  if (hasCode(error, "EMFILE", "ENFILE") && error instanceof Error) {
    const message = `${place} can't be read: ${error.message}. ${SHORTAGE}`;
    return new OperationalError(NO_PROCESS, message, { next: "retry", cause: error });
  }
  if (hasCode(error, "ENOSPC", "EDQUOT") && error instanceof Error) return noRoom(place, error.message);
  if (error instanceof Error && "syscall" in error && !String(error.syscall).startsWith("spawn")) {
    const message = `The mirror of ${place} can't be stored: ${error.message}. Check that the data directory exists, is writable and is not full.`;
    return new OperationalError("source_damaged", message, { next: "wait", cause: error });
  }
  const { kind, said } = readGitFault(error, redact);
  const { code, next, remedy } = EXPLANATIONS[kind];
  const words = said.replace(/\p{Cc}+/gu, " ");
  return new OperationalError(code, `git failed at ${place}: ${words}. ${remedy}`, { next });
}

/** The error of a mirror whose disk has no room for more; `reason` says how that shows. */
export function noRoom(place: string, reason: string): OperationalError {
  const { code, next, remedy } = FULL;
  return new OperationalError(code, `The mirror of ${place} can't be stored: the disk is full (${reason}). ${remedy}`, {
    next,
  });
}
