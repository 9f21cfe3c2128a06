import type { GithubClient } from "./create-github-client.ts";
import type { Forge, Reaction } from "./forge.ts";
import { nullIfMissing } from "./null-if-missing.ts";
import { readGithubComment, readGithubEdit, refuseGithubAnswer } from "./read-github-request.ts";

const REACTIONS = { seen: "eyes", done: "+1", refused: "-1" } as const satisfies Record<Reaction, string>;
const EDIT_QUERY =
  "query($id: ID!) { node(id: $id) { ... on IssueComment { lastEditedAt editor { __typename login } } } }";
/** What GitHub gives a page at most. */
const PER_PAGE = 100;

/** Comments on pull requests of one repository on GitHub. */
export function createGithubComments(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
): Pick<Forge, "listComments" | "readComment" | "readEdit" | "createComment" | "updateComment" | "react"> {
  const getComment = (method: string, id: string) =>
    client.read(method, (octokit, request) =>
      octokit.rest.issues.getComment({ ...repository, comment_id: Number(id), request }),
    );
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

    readComment: async (_number, id) => {
      const comment = await nullIfMissing(() => getComment("readComment", id));
      return comment === null ? null : readGithubComment(comment);
    },

    // REST has whole seconds, of which the second may be a later one though nobody edited anything.
    readEdit: async (_number, { id }) => {
      const { node_id } = await getComment("readEdit", id);
      if (typeof node_id !== "string") throw refuseGithubAnswer("comment");
      const asked = { query: EDIT_QUERY, variables: { id: node_id } };
      const answer = await client.read("readEdit", (octokit, request) =>
        octokit.request({ method: "POST", url: client.location.graphql, ...asked, request }),
      );
      return readGithubEdit(answer);
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
