import { OperationalError } from "../../model/errors/operational-error.ts";
import { readGitFault } from "../../systems/git/read-git-fault.ts";
import { explainMirrorError, type MirrorOptions, redactMirror } from "./describe-mirror.ts";

/** Turns what a push ended with into an OperationalError that says what to do. What is not about pushing is as for a fetch. */
export function explainPushError(error: unknown, options: MirrorOptions, branch: string): OperationalError {
  if (error instanceof OperationalError) return error;
  const { kind, said } = readGitFault(error, (text) => redactMirror(text, options));
  const words = said.replace(/\p{Cc}+/gu, " ");
  if (kind === "locked" || /stale info|fetch first|non-fast-forward|reference already exists/.test(said)) {
    const message = `The branch ${branch} of ${options.config.url} moved during the push: ${words}. It is retried on the new state.`;
    return new OperationalError("push_contended", message, { next: "retry" });
  }
  if (kind === "rejected") return pushRefused(options, branch, `${words}. Allow it in the rules of the branch`);
  if (kind !== "denied") return explainMirrorError(error, options);
  return pushRefused(options, branch, `${words}. Grant the token or ssh key write access to this repository`);
}

/** The error of a branch that must not be pushed to. `why` ends without a full stop. */
export function pushRefused({ config }: MirrorOptions, branch: string, why: string): OperationalError {
  const name = JSON.stringify(branch.slice(0, 200));
  return new OperationalError("push_refused", `The branch ${name} of ${config.url} was not pushed: ${why}.`, {
    next: "wait",
  });
}
