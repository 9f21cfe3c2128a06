import { callJson } from "../../systems/http/call-json.ts";
import { createForgeCaller, type ForgeApi, readForgeToken } from "./call-forge.ts";
import { createForgeClock } from "./create-forge-clock.ts";
import { createForgeDispatcher } from "./create-forge-dispatcher.ts";
import type { Forge, ForgeOptions } from "./forge.ts";
import { explainUsualRefusals, type ForgeRemedies } from "./forge-failures.ts";
import { createComment, findEdit, listComments, reactToComment, readComment, updateComment } from "./gitea-comments.ts";
import {
  provesMergers,
  readCommitStatuses,
  readExcess,
  readUser,
  readWriter,
  setCommitStatus,
} from "./gitea-repository.ts";
import {
  findMergedPullRequest,
  listPullRequests,
  listPullsMergedLately,
  proposePullRequest,
  readPullRequest,
  readScheduledMerge,
} from "./gitea-requests.ts";
import { locateForge } from "./locate-forge.ts";
import { readGiteaOrigin } from "./read-gitea-origin.ts";
import { rememberSelf } from "./remember-self.ts";

/**
 * Far below what Gitea takes (1 MB and more): its comments come in one piece, never in pages, so that every look at a request carries
 * all of all of them. It is what GitHub takes, too, so that a plan reads the same on both.
 */
const MOST_CHARACTERS = 65_536;

const REMEDIES: ForgeRemedies = {
  unknownToken: "Use a token that has not been deleted, with the scopes write:repository, write:issue and read:user.",
  forbidden:
    "Use a token with the scopes write:repository, write:issue and read:user, whose account may write to the repository.",
  missing: "It was deleted, its name is misspelled, or the token has no access to the repository.",
};

/** A repository on Gitea or Forgejo. Throws an OperationalError `forge_unreachable` where the options' url is none. */
export function openGitea(options: ForgeOptions): Forge {
  const { url, base, place } = locateForge(options, "https://gitea.com");
  const clock = createForgeClock();
  const http = createForgeDispatcher(url, options.ca, options.timeoutMs);
  const token = () => readForgeToken("Gitea", options);
  const api: ForgeApi = {
    name: "Gitea",
    base: `${base}/api/v1`,
    authorize: () => ({ authorization: `token ${token()}` }),
    explain: explainUsualRefusals(REMEDIES),
    send: (call) => callJson(http, call),
    clock,
  };
  const call = createForgeCaller(api, options);
  const repository = { call, path: `/repos/${options.repository.split("/").map(encodeURIComponent).join("/")}` };
  return {
    kind: "gitea",
    place,
    maxComment: MOST_CHARACTERS,
    now: clock.now,
    readSelf: rememberSelf(options.access, () => readUser(repository)),
    listOpen: (target) => listPullRequests(repository, "listOpen", target),
    readRequest: (number) => readPullRequest(repository, number),
    readOrigin: (number) => readGiteaOrigin(repository, number),
    listMergedLately: (target) => listPullsMergedLately(repository, target),
    findMerged: (target, commit) => findMergedPullRequest(repository, target, commit),
    countsContained: false,
    listMergedWith: async () => [],
    readLeftMerge: (number) => readScheduledMerge(repository, number),
    listComments: (number) => listComments(repository, number),
    readComment: (_number, id) => readComment(repository, id),
    readEdit: async (_number, comment) => findEdit(comment),
    createComment: (number, body) => createComment(repository, number, body),
    updateComment: (_number, id, body) => updateComment(repository, id, body),
    setStatus: (sha, status) => setCommitStatus(repository, sha, status),
    readStatuses: (sha, contexts) => readCommitStatuses(repository, sha, contexts),
    listTrain: async () => [],
    publishCheck: async () => false,
    react: (_number, comment, reaction) => reactToComment(repository, comment, reaction),
    readPermission: (login) => readWriter(repository, login),
    provesMergers: () => provesMergers(repository),
    readExcess: () => readExcess(repository),
    proposeRequest: (draft) => proposePullRequest(repository, draft),
    close: () => http.close(),
  };
}
