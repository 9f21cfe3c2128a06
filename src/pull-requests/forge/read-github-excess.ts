import { cutForeign } from "../../model/secrets/cut-foreign.ts";
import { readHeader } from "../../systems/http/call-json.ts";
import type { CallForge } from "./call-forge.ts";
import type { GithubRepository } from "./call-github.ts";
import type { ForgeOptions } from "./forge.ts";
import { findInner, readObject } from "./read-answer.ts";

/** What an App needs at most; Contents where the same App fetches or proposes drift. */
const NEEDED_PERMISSIONS: ReadonlySet<string> = new Set([
  ...["pull_requests", "issues", "statuses", "checks", "contents", "metadata"],
]);
/** Scopes of a classic token with which the daemon works. */
const NEEDED_SCOPES: ReadonlySet<string> = new Set(["repo", "repo:status", "public_repo"]);

/**
 * The rights of a token or an App beyond what is needed. GitHub reports the scopes of a classic token and the permissions of an App, and
 * nothing of a fine-grained token: the rights that it shows are those of the account there, not the token's.
 */
export async function readGithubExcess(
  { call, path }: GithubRepository,
  { access }: ForgeOptions,
): Promise<readonly string[]> {
  if (access.kind === "app") return readInstallation(call, access.installation_id);
  return call({
    ...{ method: "readExcess", verb: "GET", path },
    decode: (value, { headers, redact }) => {
      const scopes = readHeader(headers, "x-oauth-scopes");
      if (scopes === null || scopes === "") return [];
      const isAdmin = findInner(readObject(value), "permissions").admin === true;
      const beyond = scopes.split(/, ?/).filter((scope) => !NEEDED_SCOPES.has(scope));
      return [
        ...(isAdmin ? ["administer the repository: its account is an administrator (write is enough)"] : []),
        ...(beyond.length === 0 ? [] : [`use the scopes ${cutForeign(beyond.join(", "), redact)}`]),
      ];
    },
  });
}

function readInstallation(call: CallForge, installation: number): Promise<readonly string[]> {
  return call({
    ...{ method: "readExcess", verb: "GET", path: `/app/installations/${installation}`, asApp: true },
    decode: (value, { redact }) => {
      const permissions = findInner(readObject(value), "permissions");
      const beyond = Object.keys(permissions).filter((name) => !NEEDED_PERMISSIONS.has(name));
      return beyond.length === 0 ? [] : [`use the permissions ${cutForeign(beyond.join(", "), redact)}`];
    },
  });
}
