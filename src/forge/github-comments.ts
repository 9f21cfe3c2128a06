import type { GithubClient } from "./create-github-client.ts";
import type { Forge, Reaction } from "./forge.ts";
import { readGithubComment } from "./read-github-request.ts";

const REACTIONS = { seen: "eyes", done: "+1", refused: "-1" } as const satisfies Record<Reaction, string>;
/** What GitHub gives a page at most. */
const PER_PAGE = 100;

/** Comments on pull requests of one repository on GitHub. */
export function createGithubComments(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
): Pick<Forge, "listComments" | "createComment" | "updateComment" | "react"> {
  return {
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

    updateComment: async (_number, id, body) =>
      readGithubComment(
        await client.write("updateComment", (octokit, request) =>
          octokit.rest.issues.updateComment({ ...repository, comment_id: Number(id), body, request }),
        ),
      ),

    react: async (_number, comment, reaction) => {
      const content = REACTIONS[reaction];
      await client.write("react", (octokit, request) =>
        octokit.rest.reactions.createForIssueComment({ ...repository, comment_id: Number(comment), content, request }),
      );
    },
  };
}
