import { OperationalError } from "../model/operational-error.ts";
import { createGithubClient, type GithubClient } from "./create-github-client.ts";
import { cutDescription } from "./cut-description.ts";
import { hasStatus } from "./explain-github-error.ts";
import type { Forge, ForgeOptions, Permission, Reaction } from "./forge.ts";
import { proposeGithubRequest } from "./propose-github-request.ts";
import { publishGithubCheck } from "./publish-github-check.ts";
import { readGithubComment, readGithubRequest, refuseGithubAnswer } from "./read-github-request.ts";

const REACTIONS = { seen: "eyes", done: "+1", refused: "-1" } as const satisfies Record<Reaction, string>;
/** What GitHub gives a page at most. */
const PER_PAGE = 100;
const MOST_COMMENT = 65_536;
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
    place: `${options.repository} on ${client.location.host}`,
    maxComment: MOST_COMMENT,
    readSelf: () => readSelf(client, options),

    listOpen: async (base) => {
      const pulls = await client.list("listOpen", (octokit, request, page) =>
        octokit.rest.pulls.list({
          ...repository,
          base,
          state: "open",
          sort: "created",
          direction: "asc",
          per_page: PER_PAGE,
          page,
          request,
        }),
      );
      // A request that is closed meanwhile moves the pages: the same one may come twice.
      const byNumber = new Map(pulls.map((pull) => [pull.number, readGithubRequest(pull, options.repository)]));
      return [...byNumber.values()].sort((one, other) => one.number - other.number);
    },

    readRequest: (number) =>
      nullIfMissing(async () => {
        const pull = await client.read("readRequest", (octokit, request) =>
          octokit.rest.pulls.get({ ...repository, pull_number: number, request }),
        );
        return readGithubRequest(pull, options.repository);
      }),

    listComments: async (number) => {
      const comments = await client.list("listComments", (octokit, request, page) =>
        octokit.rest.issues.listComments({
          ...repository,
          issue_number: number,
          per_page: PER_PAGE,
          page,
          request,
        }),
      );
      return comments.map(readGithubComment);
    },

    createComment: async (number, body) =>
      readGithubComment(
        await client.write("createComment", (octokit, request) =>
          octokit.rest.issues.createComment({ ...repository, issue_number: number, body, request }),
        ),
      ),

    updateComment: async (_number, id, body) => {
      await client.write("updateComment", (octokit, request) =>
        octokit.rest.issues.updateComment({ ...repository, comment_id: Number(id), body, request }),
      );
    },

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

    publishCheck: async (sha, check) => {
      const token = options.access.kind === "token" ? options.access.token() : null;
      if (token !== null && token === withoutChecks) return false;
      const isPublished = await publishGithubCheck(client, repository, sha, check);
      if (!isPublished) withoutChecks = token;
      return isPublished;
    },

    react: async (_number, comment, reaction) => {
      const content = REACTIONS[reaction];
      await client.write("react", (octokit, request) =>
        octokit.rest.reactions.createForIssueComment({ ...repository, comment_id: Number(comment), content, request }),
      );
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

    proposeRequest: (draft) => proposeGithubRequest(client, repository, draft),

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

async function nullIfMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_missing") return null;
    throw error;
  }
}
