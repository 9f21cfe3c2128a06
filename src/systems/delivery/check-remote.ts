import { OperationalError } from "../../model/errors/operational-error.ts";
import { holdsRemoteCredentials, isPlainBranch, isPlainRemote } from "../git/remote-address.ts";

/** Refuses an address that is none of git's plain ones, or that holds credentials. Never repeats a refused address. */
export function checkRemote(url: string): void {
  if (holdsRemoteCredentials(url)) {
    throw refuse(
      "The address of the output repository contains credentials. Remove them: git gets them from GIT_ASKPASS, a credential helper or ssh.",
    );
  }
  if (!isPlainRemote(url)) {
    throw refuse(
      "The address of the output repository is invalid. Write https://HOST/PATH, ssh://HOST/PATH, HOST:PATH or an absolute path.",
    );
  }
}

/** Refuses a name that is no plain branch name. */
export function checkBranch(branch: string): void {
  if (isPlainBranch(branch)) return;
  throw refuse(
    `The branch ${JSON.stringify(branch.slice(0, 80))} of the output repository is not a plain branch name. Write, for example, main.`,
  );
}

function refuse(message: string): OperationalError {
  return new OperationalError("delivery_remote", message, { next: "stop" });
}
