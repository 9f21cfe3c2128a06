import { createGithubClient, type GithubClient } from "./create-github-client.ts";
import { cutDescription } from "./cut-description.ts";
import { hasStatus } from "./explain-github-error.ts";
import type { Forge, ForgeOptions, Permission } from "./forge.ts";
import { createGithubComments } from "./github-comments.ts";
import { createGithubRequests } from "./github-requests.ts";
import { locatePlace } from "./locate-place.ts";
import { nullIfMissing } from "./null-if-missing.ts";
import { pickNewestStatuses } from "./pick-newest-statuses.ts";
import { publishGithubCheck } from "./publish-github-check.ts";
import { readGithubExcess } from "./read-github-excess.ts";
import { readGithubStatus, refuseGithubAnswer } from "./read-github-request.ts";
import { rememberSelf } from "./remember-self.ts";

const MOST_COMMENT = 65_536;
/** What GitHub gives a page at most. */
const PER_PAGE = 100;
/** Who the token of a workflow's run is; it may not ask. */
const ACTIONS = "github-actions[bot]";
/** Of `permission`, in which GitHub has put maintain to write, triage to read, and roles of one's own to what they are built on. */
const PERMISSIONS: ReadonlyMap<string, Permission> = new Map([
  ["admin", "admin"],
  ["write", "write"],
  ["read", "read"],
]);

/** GitHub, its Enterprise Server too, as a token or an App's installation. The first call tells what is wrong, but for an address that is none. */
export function openGithub(options: ForgeOptions): Forge {
  const client = createGithubClient(options);
  const [owner = "", repo = ""] = options.repository.split("/");
  const repository = { owner, repo };
  /** The token that was told that it can't have check runs: it is not asked again. */
  let withoutChecks: string | null = null;

  return {
    kind: "github",
    place: locatePlace(options),
    maxComment: MOST_COMMENT,
    now: client.now,
    readSelf: rememberSelf(options.access, () => readSelf(client, options)),
    ...createGithubRequests(client, repository),
    ...createGithubComments(client, repository),

    setStatus: async (sha, { context, state, description, url }) => {
      const status = {
        context,
        state,
        description: cutDescription(description),
        ...(url === null ? {} : { target_url: url }),
      };
      await client.write("setStatus", (octokit, request) =>
        octokit.rest.repos.createCommitStatus({ ...repository, sha, ...status, request }),
      );
    },

    readStatuses: async (sha, contexts) => {
      const statuses = await nullIfMissing(() =>
        client.list("readStatuses", (octokit, request, page) =>
          octokit.rest.repos.listCommitStatusesForRef({ ...repository, ref: sha, per_page: PER_PAGE, page, request }),
        ),
      );
      return pickNewestStatuses((statuses ?? []).map(readGithubStatus), contexts);
    },

    listTrain: async () => [],

    publishCheck: async (sha, check) => {
      const token = options.access.kind === "token" ? options.access.token() : null;
      if (token !== null && token === withoutChecks) return false;
      const isPublished = await publishGithubCheck(client, repository, sha, check);
      if (!isPublished) withoutChecks = token;
      return isPublished;
    },

    readPermission: async (login) => {
      const answer = await nullIfMissing(() =>
        client.read("readPermission", (octokit, request) =>
          octokit.rest.repos.getCollaboratorPermissionLevel({ ...repository, username: login, request }),
        ),
      );
      if (answer === null) return "none";
      if (typeof answer.permission !== "string") throw refuseGithubAnswer("permission");
      return PERMISSIONS.get(answer.permission) ?? "none";
    },

    provesMergers: async () => true,
    readExcess: () => readGithubExcess(client, repository, options),
    close: () => client.close(),
  };
}

async function readSelf(client: GithubClient, { access }: ForgeOptions): Promise<string> {
  if (access.kind === "app") {
    const authorization = await client.authentication.authorizeApp();
    const app = await client.read("readSelf", (octokit, request) =>
      octokit.rest.apps.getAuthenticated({ headers: { authorization }, request }),
    );
    if (typeof app?.slug !== "string") throw refuseGithubAnswer("App");
    return `${app.slug}[bot]`;
  }
  const { login } = await client.read("readSelf", async (octokit, request) => {
    try {
      return await octokit.rest.users.getAuthenticated({ request });
    } catch (error) {
      if (!hasStatus(error, 403, /not accessible by integration/i)) throw error;
      return { data: { login: ACTIONS } };
    }
  });
  if (typeof login !== "string") throw refuseGithubAnswer("user");
  return login;
}
