import { type Next, NO_PROCESS, OperationalError, SHORTAGE } from "../../model/errors/operational-error.ts";
import type { Redact } from "../../model/secrets/cut-foreign.ts";
import { type GitFaultKind, readGitFault } from "../git/read-git-fault.ts";

interface Explanation {
  readonly code: string;
  readonly next: Next;
  readonly remedy: string;
}

const DENIED: Explanation = {
  code: "delivery_denied",
  next: "stop",
  remedy:
    "Check the credentials that git gets (GIT_ASKPASS, credential helper, ssh key) and that they may push to this branch.",
};
const UNREACHABLE: Explanation = {
  code: "delivery_unreachable",
  next: "retry",
  remedy: "Check the address and the network with its proxy, then try again.",
};
const OTHER: Explanation = { code: "delivery_failed", next: "stop", remedy: "See git's message." };

const FULL: Explanation = {
  code: "delivery_no_space",
  next: "retry",
  remedy: "Make room on the disk of the cache folder.",
};

/** What to do about each fault of git. */
const EXPLANATIONS: Readonly<Record<Exclude<GitFaultKind, "timeout" | "cancelled">, Explanation>> = {
  no_git: { code: "delivery_no_git", next: "stop", remedy: "Install git and add it to the PATH." },
  starved: { code: NO_PROCESS, next: "retry", remedy: SHORTAGE },
  full: FULL,
  oversized: OTHER,
  swollen: OTHER,
  malformed: OTHER,
  untrusted: OTHER,
  branch_missing: OTHER,
  redirected: {
    code: "delivery_denied",
    next: "stop",
    remedy: "The server redirects, and redirects are not followed. Set the repository's new address.",
  },
  busy: UNREACHABLE,
  denied: DENIED,
  unreachable: UNREACHABLE,
  no_repository: {
    code: "delivery_no_repository",
    next: "stop",
    remedy: "Check the address of the output repository.",
  },
  locked: { code: "delivery_locked", next: "retry", remedy: "Another push is in progress; try again." },
  rejected: {
    code: "delivery_rejected",
    next: "stop",
    remedy: "The server refuses the push: check the rules of the branch.",
  },
  endless: {
    code: "delivery_unreadable",
    next: "stop",
    remedy: "Remove the branches and files that do not belong there, or deliver elsewhere.",
  },
  other: OTHER,
};

/** Turns what git ended with into an OperationalError that says what to do. An OperationalError is returned as it is. */
export function explainGitError(error: unknown, place: string): OperationalError {
  if (error instanceof OperationalError) return error;
  const { kind } = readGitFault(error, (text) => text);
  if (kind === "timeout") {
    const message = `git produced no output about ${place} for too long and was stopped. Check the network, then try again.`;
    return new OperationalError("delivery_timeout", message, { next: "retry", cause: error });
  }
  if (kind === "cancelled") {
    const message = `The delivery to ${place} was stopped. The next delivery checks how far it came.`;
    return new OperationalError("delivery_cancelled", message, { next: "stop", cause: error });
  }
  const { code, next, remedy } = EXPLANATIONS[kind];
  const reword = (redact: Redact) => `git failed at ${place}: ${readGitFault(error, redact).said}. ${remedy}`;
  return new OperationalError(
    code,
    reword((text) => text),
    { next, reword },
  );
}

/** The error of a clone whose disk has no room for more. */
export function noRoomForClone(place: string): OperationalError {
  const { code, next, remedy } = FULL;
  return new OperationalError(code, `The clone of ${place} can't be stored: little is left of the disk. ${remedy}`, {
    next,
  });
}
