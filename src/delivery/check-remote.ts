import { OperationalError } from "../model/operational-error.ts";

/** Addresses that git may talk to: the schemes without helpers of their own, `HOST:PATH` for ssh, and absolute paths. */
const REMOTE =
  /^(?:(?:https?|ssh|git):\/\/[^/\s\p{Cc}-][^\s\p{Cc}]*|file:\/\/\/[^\p{Cc}]*|(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9][\w.-]+:(?!\/\/)[^:\s\p{Cc}-][^\s\p{Cc}]*|\/[^\p{Cc}]*)$/u;
/** A user or password before the host; ssh's user alone is no secret. */
const CREDENTIALS = /^(?:https?|git):\/\/[^/?#]*@|^ssh:\/\/[^/?#@]*:[^/?#]*@/i;
const BRANCH = /^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$/;

/** Refuses an address that is none of git's plain ones, or that holds credentials. Never repeats a refused address. */
export function checkRemote(url: string): void {
  if (CREDENTIALS.test(url)) {
    throw refuse(
      "The address of the output repository holds credentials. Take them out: git gets them from GIT_ASKPASS, a credential helper or ssh.",
    );
  }
  if (!REMOTE.test(url)) {
    throw refuse(
      "The address of the output repository is not understood. Write https://HOST/PATH, ssh://HOST/PATH, HOST:PATH or an absolute path.",
    );
  }
}

/** Refuses a name that is no plain branch name. */
export function checkBranch(branch: string): void {
  const isPlain = BRANCH.test(branch) && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(branch) && branch !== "HEAD";
  if (isPlain) return;
  throw refuse(
    `The branch ${JSON.stringify(branch.slice(0, 80))} of the output repository is not a plain branch name. Write for example main.`,
  );
}

function refuse(message: string): OperationalError {
  return new OperationalError("delivery_remote", message, { next: "stop" });
}
