import { cutForeign } from "../../model/cut-foreign.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import type { GithubClient } from "./create-github-client.ts";
import type { ForgeOptions } from "./forge.ts";

/** What an App needs at most; Contents where the same App fetches or proposes drift. */
const NEEDED_PERMISSIONS: ReadonlySet<string> = new Set([
  ...["pull_requests", "issues", "statuses", "checks", "contents", "metadata"],
]);
/** Scopes of a classic token with which the daemon works. */
const NEEDED_SCOPES: ReadonlySet<string> = new Set(["repo", "repo:status", "public_repo"]);

/**
 * What a token or an App may do beyond what is needed. GitHub tells the scopes of a classic token and the permissions of an App, and of a
 * fine-grained token nothing: the rights that it shows are those of the account there, not the token's.
 */
export async function readGithubExcess(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
  { access }: ForgeOptions,
): Promise<readonly string[]> {
  if (access.kind === "app") return readInstallation(client, access.installation_id);
  const { scopes, isAdmin } = await client.read("readExcess", async (octokit, request) => {
    const { headers, data } = await octokit.rest.repos.get({ ...repository, request });
    return { data: { scopes: headers["x-oauth-scopes"], isAdmin: data.permissions?.admin === true } };
  });
  if (typeof scopes !== "string" || scopes === "") return [];
  const beyond = scopes.split(/, ?/).filter((scope) => !NEEDED_SCOPES.has(scope));
  return [
    ...(isAdmin ? ["administer the repository: its account is an administrator, and write is enough"] : []),
    ...(beyond.length === 0 ? [] : [`use the scopes ${show(beyond)}`]),
  ];
}

async function readInstallation(client: GithubClient, installation_id: number): Promise<readonly string[]> {
  const authorization = await client.authentication.authorizeApp();
  const { permissions } = await client.read("readExcess", (octokit, request) =>
    octokit.rest.apps.getInstallation({ installation_id, headers: { authorization }, request }),
  );
  const beyond = Object.keys(permissions ?? {}).filter((name) => !NEEDED_PERMISSIONS.has(name));
  return beyond.length === 0 ? [] : [`use the permissions ${show(beyond)}`];
}

function show(names: readonly string[]): string {
  return cutForeign(names.join(", "), redactKnownSecrets);
}
