import type { GithubRepository } from "./call-github.ts";
import type { Forge, Reaction } from "./forge.ts";
import { decodeGithubComment, decodeGithubEdit } from "./github-answers.ts";
import { nullIfMissing } from "./null-if-missing.ts";
import { readObject, readText } from "./read-answer.ts";
import { createShortener } from "./shorten-comments.ts";

const REACTIONS = { seen: "eyes", done: "+1", refused: "-1" } as const satisfies Record<Reaction, string>;
const EDIT_QUERY =
  "query($id: ID!) { node(id: $id) { ... on IssueComment { lastEditedAt editor { __typename login } } } }";

/** Comments on pull requests of one repository on GitHub. */
export function createGithubComments(
  { call, callGraphql, list, path }: GithubRepository,
  readSelf: Forge["readSelf"],
): Pick<Forge, "listComments" | "readComment" | "readEdit" | "createComment" | "updateComment" | "react"> {
  const at = (id: string) => `${path}/issues/comments/${encodeURIComponent(id)}`;
  return {
    listComments: async (number) => {
      const shorten = await createShortener(readSelf);
      const decode = (value: unknown) => shorten(decodeGithubComment(value));
      return list("listComments", `/issues/${number}/comments`, decode, ({ id }) => id);
    },

    readComment: (_number, id) =>
      nullIfMissing(() => call({ method: "readComment", verb: "GET", path: at(id), decode: decodeGithubComment })),

    // REST has whole seconds, so the second may be a later one without any edit.
    readEdit: async (_number, { id }) => {
      const decode = (value: unknown) => readText(readObject(value), "node_id");
      const node = await call({ method: "readEdit", verb: "GET", path: at(id), decode });
      const body = { query: EDIT_QUERY, variables: { id: node } };
      return callGraphql({ method: "readEdit", body, decode: decodeGithubEdit });
    },

    createComment: (number, body) => {
      const sent = { verb: "POST", path: `${path}/issues/${number}/comments`, body: { body }, creates: true } as const;
      return call({ method: "createComment", ...sent, decode: decodeGithubComment });
    },

    updateComment: (_number, id, body) => {
      const sent = { verb: "PATCH", path: at(id), body: { body }, creates: true } as const;
      return call({ method: "updateComment", ...sent, decode: decodeGithubComment });
    },

    react: (_number, id, reaction) => {
      const sent = { verb: "POST", path: `${at(id)}/reactions`, body: { content: REACTIONS[reaction] } } as const;
      return call({ method: "react", ...sent, creates: true, decode: () => undefined });
    },
  };
}
