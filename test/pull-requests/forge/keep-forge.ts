import type { CommitStatus } from "../../../src/pull-requests/forge/forge.ts";
import type { ForgeServer } from "./forge-server.ts";
import type { KeptRepository, StoredComment } from "./kept-repository.ts";

/** What people do and what a test looks at, the same on GitLab and Gitea. */
export type KeptForge = Omit<
  ForgeServer,
  | "kind"
  | "url"
  | "token"
  | "fault"
  | "hold"
  | "heal"
  | "limit"
  | "hideTime"
  | "revoke"
  | "calls"
  | "unknown"
  | "deliver"
  | "close"
>;

/** The part of a {@link ForgeServer} that is about its repository. `readState`: what the forge's word for a status means. */
export function keepForge(repository: KeptRepository, readState: (word: string) => CommitStatus["state"]): KeptForge {
  return {
    repository: repository.name,
    self: repository.self,
    openRequest: (request) => repository.open(request),
    changeRequest: (number, change) => void repository.change(number, change),
    merge: (number, by, commit) => repository.merge(number, by, commit),
    enqueue: (number, by, sha) => repository.enqueue(number, by, sha),
    dequeue: (number) => void repository.train.delete(number),
    leaveMerge: (number, by, left) => repository.leaveMerge(number, by, left),
    comment: (number, author, body) => repository.comment(number, author, body).id,
    editComment: (_number, id, body, edit) => repository.editComment(id, body, edit),
    deleteComment: (_number, id) => repository.deleteComment(id),
    allow: (login, permission) => repository.allow(login, permission),
    promote: () => repository.allow(repository.self, "admin"),
    advance: (milliseconds) => repository.advance(milliseconds),
    onStatus: (listen) => void repository.listeners.push(listen),
    requests: () =>
      [...repository.requests.values()].map(({ fork, commits, created_at, updated_at, merged, ...request }) => request),
    comments: (number) => repository.plainComments(number).map(showComment),
    statuses: (sha) =>
      repository.latestStatuses(sha).map(({ context, state, description, url }) => ({
        ...{ context, description, url },
        state: readState(state),
      })),
    postStatus: (sha, { context, state, description, url }, by) => {
      repository.setStatus({ sha, context, state, description, url, by });
    },
    checks: () => [],
    reactions: (_number, comment) =>
      repository.reactions.filter((reaction) => reaction.comment === comment).map(({ name }) => name),
  };
}

const showComment = ({ id, author, body, created_at }: StoredComment) => ({ id, author, body, created_at });
