import type { RepositoryConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { holdsRemoteCredentials, isPlainBranch, isPlainRemote } from "../../systems/git/remote-address.ts";
import { isLoopback } from "../../systems/http/is-loopback.ts";

/** How a repository is reached. */
export type Scheme = "https" | "http" | "ssh" | "file";

/**
 * Refuses what must not be fetched (`source_refused`), and returns how the rest is reached. `allowed` are addresses, or prefixes of
 * addresses that end at a path separator: `https://git.example.com/team` allows `.../team/config.git`, not `.../teams`.
 */
export function checkRepository(config: RepositoryConfig, allowed: readonly string[]): Scheme {
  const { url, branch, path } = config;
  if (holdsRemoteCredentials(url)) {
    throw refuse("The repository's address contains credentials. Remove them, and set `token` or `ssh_key`.");
  }
  const scheme = isPlainRemote(url) && !/[?#\\]|%2e|%2f|(^|\/)\.\.?(\/|$)/i.test(url) ? readScheme(url) : undefined;
  if (scheme === undefined) {
    throw refuse(
      "The repository's address is invalid. Write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH.",
    );
  }
  if (!allowed.some((entry) => isBelow(url, entry))) {
    throw refuse(`The repository ${url} is not allowed. Add it, or the common prefix of your repositories' addresses.`);
  }
  if (!isPlainBranch(branch)) {
    throw refuse(
      `The branch ${JSON.stringify(branch.slice(0, 80))} is not a plain branch name. Write, for example, main.`,
    );
  }
  checkPath(path);
  checkCredentials(config, scheme);
  return scheme;
}

function readScheme(url: string): Scheme | undefined {
  const [, scheme] = /^(https|http|ssh|file):\/\//i.exec(url) ?? [];
  switch (scheme?.toLowerCase()) {
    case "https":
      return "https";
    case "http":
      return "http";
    case "file":
      return "file";
    case "ssh":
      return "ssh";
    default:
      return url.startsWith("/") || url.includes("://") ? undefined : "ssh";
  }
}

function isBelow(url: string, entry: string): boolean {
  if (entry === "" || !url.startsWith(entry)) return false;
  return url.length === entry.length || /[/:]$/.test(entry) || url[entry.length] === "/";
}

function checkPath(path: string): void {
  const isPlain = path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (path === "" || (isPlain && !/\p{Cc}/u.test(path))) return;
  throw refuse(
    `The folder ${JSON.stringify(path.slice(0, 200))} must be a path within the repository, such as clusters/prod.`,
  );
}

function checkCredentials(config: RepositoryConfig, scheme: Scheme): void {
  const { url, token, known_hosts } = config;
  if (scheme === "ssh" && known_hosts === null) {
    throw refuse(
      `The repository ${url} is reached by ssh, but \`known_hosts\` is not set, so the server's identity can't be verified. Set it to a file that \`ssh-keyscan HOST\` wrote and that you verified.`,
    );
  }
  if (token === null || scheme === "https") return;
  if (scheme === "http" && isLoopback(new URL(url).hostname)) return;
  const why = scheme === "http" ? "http:// would expose it in transit. Use https://" : `${scheme} uses none. Remove it`;
  throw refuse(`The repository ${url} has a \`token\`, but ${why}.`);
}

function refuse(message: string): OperationalError {
  return new OperationalError("source_refused", message, { next: "stop" });
}
