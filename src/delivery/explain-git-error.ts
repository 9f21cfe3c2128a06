import { GitPluginError } from "simple-git";
import { maskCredentials } from "../model/mask-credentials.ts";
import { type Next, OperationalError } from "../model/operational-error.ts";

interface Explanation {
  readonly pattern: RegExp;
  readonly code: string;
  readonly next: Next;
  readonly remedy: string;
}

/** What git says, and what to do about it; the first that fits counts. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /spawn git ENOENT/,
    code: "delivery_no_git",
    next: "stop",
    remedy: "Install git, and have it on the PATH.",
  },
  {
    pattern:
      /could not read (Username|Password)|Authentication failed|Permission denied|access denied|\b40[13]\b|Host key verification/i,
    code: "delivery_denied",
    next: "stop",
    remedy:
      "Check the credentials that git gets (GIT_ASKPASS, credential helper, ssh key) and that they may push to this branch.",
  },
  {
    pattern:
      /Could not resolve host|Connection (refused|reset|timed out)|Failed to connect|unable to connect|early EOF|RPC failed|hung up|timed out|\b50[0234]\b/i,
    code: "delivery_unreachable",
    next: "retry",
    remedy: "Check the address and the network, then try again.",
  },
  {
    pattern: /does not appear to be a git repository|Repository not found|not found|does not exist/i,
    code: "delivery_no_repository",
    next: "stop",
    remedy: "Check the address of the output repository.",
  },
  {
    pattern: /cannot lock ref|unable to lock|incorrect old value|failed to update ref/i,
    code: "delivery_locked",
    next: "retry",
    remedy: "Someone else pushes at this moment; try again.",
  },
  {
    pattern: /\[(remote )?rejected\]|pre-receive|protected branch/i,
    code: "delivery_rejected",
    next: "stop",
    remedy: "The server refuses the push: check the rules of the branch.",
  },
];
const OTHER = { code: "delivery_failed", next: "stop", remedy: "Look at git's message." } as const;

/** Turns what git ended with into an OperationalError that says what to do. An OperationalError is returned as it is. */
export function explainGitError(error: unknown, place: string): OperationalError {
  if (error instanceof OperationalError) return error;
  if (error instanceof GitPluginError && error.plugin === "timeout") {
    const message = `git said nothing about ${place} for too long and was ended. Check the network, then try again.`;
    return new OperationalError("delivery_timeout", message, { next: "retry", cause: error });
  }
  if (error instanceof GitPluginError && error.plugin === "abort") {
    const message = `The delivery to ${place} was stopped. The next one finds out how far it came.`;
    return new OperationalError("delivery_cancelled", message, { next: "stop", cause: error });
  }
  const said = error instanceof Error ? error.message : String(error);
  const { code, next, remedy } = EXPLANATIONS.find(({ pattern }) => pattern.test(said)) ?? OTHER;
  return new OperationalError(code, `git failed at ${place}: ${shorten(said)}. ${remedy}`, { next });
}

/** The lines that tell what went wrong, in one line, without credentials. */
function shorten(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => /^(fatal|error|remote|!|ssh):?/.test(line));
  const text = (telling.length > 0 ? telling : lines).filter((line) => line !== "").join("; ");
  return maskCredentials(text.slice(0, 500)).replace(/\.$/, "");
}
