import { createHash } from "node:crypto";

/** Addresses that git may talk to: the schemes without helpers of their own, and absolute paths. */
const REMOTE = /^(?:(?:https?|ssh|git):\/\/[^/\s\p{Cc}-][^\s\p{Cc}]*|file:\/\/\/[^\p{Cc}]*|\/[^\p{Cc}]*)$/u;
/** `[USER@]HOST:PATH` for ssh. What git takes for a helper has two colons (`ext::`), and what begins with a hyphen for an option. */
const SHORT_SSH =
  /^(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9][\w.-]+:(?:\/(?:[^/\s\p{Cc}][^\s\p{Cc}]*)?|[^:/\s\p{Cc}-][^\s\p{Cc}]*)$/u;
/** A user or password before the host; ssh's user alone is no secret. */
const CREDENTIALS = /^(?:https?|git):\/\/[^/?#]*@|^ssh:\/\/[^/?#@:]*:[^/?#@]*@/i;
const BRANCH = /^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$/;

/** How the private copies of the repository at an address are called: no address is in the name of a folder. */
export function hashAddress(url: string): string {
  return createHash("sha256").update(url).digest("hex").slice(0, 16);
}

/** Whether an address is one of git's plain ones: no `ext::` and the like, no leading dash, no control characters. */
export function isPlainRemote(url: string): boolean {
  return REMOTE.test(url) || SHORT_SSH.test(url);
}

/** Whether a text is meant as the address of a repository, by its scheme or as ssh's `USER@HOST:PATH`, and not as a folder. */
export function isRepositoryAddress(text: string): boolean {
  return /^[a-z+]+:\/\//.test(text) || isShortAddress(text);
}

/** Whether an address is reached by ssh: `ssh:...` or `USER@HOST:PATH`. */
export function isSshAddress(text: string): boolean {
  return text.startsWith("ssh:") || isShortAddress(text);
}

function isShortAddress(text: string): boolean {
  return /^[^/@]+@[^/:]+:/.test(text);
}

/** Whether an address holds credentials, which it must not: addresses show in messages and lists of processes. */
export function holdsRemoteCredentials(url: string): boolean {
  return CREDENTIALS.test(url);
}

/** Whether a branch's name is a plain one. */
export function isPlainBranch(branch: string): boolean {
  return BRANCH.test(branch) && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(branch) && branch !== "HEAD";
}
