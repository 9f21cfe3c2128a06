import { callJson } from "../../systems/http/call-json.ts";
import { createForgeCaller, type ForgeApi, readForgeToken } from "./call-forge.ts";
import { createForgeClock } from "./create-forge-clock.ts";
import { createForgeDispatcher } from "./create-forge-dispatcher.ts";
import type { Forge, ForgeOptions } from "./forge.ts";
import { explainUsualRefusals, type ForgeRemedies } from "./forge-failures.ts";
import {
  createNote,
  listNotes,
  reactToNote,
  readAutoMerge,
  readNote,
  readNoteEdit,
  updateNote,
} from "./gitlab-notes.ts";
import { readCommitStatuses, readExcess, readMember, readUser, setCommitStatus } from "./gitlab-project.ts";
import {
  findMergedMergeRequest,
  listMergedWith,
  listMergeRequests,
  proposeMergeRequest,
  readMergeRequest,
} from "./gitlab-requests.ts";
import { createTrainReader } from "./gitlab-trains.ts";
import { locateForge } from "./locate-forge.ts";
import { readGitlabOrigin } from "./read-gitlab-origin.ts";
import { rememberSelf } from "./remember-self.ts";

/** What GitLab takes for a note. */
const MOST_CHARACTERS = 1_000_000;

const REMEDIES: ForgeRemedies = {
  unknownToken:
    "Use a project, group or personal access token with the scope api that has not expired; the token of a CI job (CI_JOB_TOKEN) " +
    "is not enough: it can't write notes.",
  forbidden:
    "Use a token with the scope api whose account has the role Developer or more; the token of a CI job (CI_JOB_TOKEN) is not " +
    "enough: it can't write notes.",
  missing: "It was deleted, its name is misspelled, or the token has no access to the project.",
};

/**
 * A project on GitLab, by its REST API v4. Over undici, not by the client library: that one retries writes after 502 and 429 like reads,
 * immediately, and drops Retry-After, none of which {@link Forge} allows. Throws an OperationalError `forge_unreachable` where the options'
 * url is none.
 */
export function openGitlab(options: ForgeOptions): Forge {
  const { url, base, place } = locateForge(options, "https://gitlab.com");
  const clock = createForgeClock();
  const http = createForgeDispatcher(url, options.ca, options.timeoutMs);
  const token = () => readForgeToken("GitLab", options);
  const api: ForgeApi = {
    name: "GitLab",
    base: `${base}/api/v4`,
    authorize: () => ({ "private-token": token() }),
    explain: explainUsualRefusals(REMEDIES),
    send: (call) => callJson(http, call),
    clock,
  };
  const call = createForgeCaller(api, options);
  const bearer = () => ({ authorization: `Bearer ${token()}` });
  const callGraphql = createForgeCaller({ ...api, base: `${base}/api`, authorize: bearer }, options);
  const project = { call, path: `/projects/${encodeURIComponent(options.repository)}` };
  const self = rememberSelf(options.access, () => readUser(project));
  return {
    kind: "gitlab",
    place,
    maxComment: MOST_CHARACTERS,
    now: clock.now,
    readSelf: self,
    listOpen: (target) => listMergeRequests(project, "listOpen", { target_branch: target }),
    readRequest: (number) => readMergeRequest(project, number),
    readOrigin: (number) => readGitlabOrigin({ project, name: options.repository, callGraphql }, number),
    listMergedLately: async () => [],
    findMerged: (target, commit) => findMergedMergeRequest(project, target, commit),
    listMergedWith: (request) => listMergedWith(project, request),
    listTrain: createTrainReader(project),
    readLeftMerge: (number) => readAutoMerge(project, number),
    listComments: (number) => listNotes(project, self, number),
    readComment: (number, id) => readNote(project, number, id),
    readEdit: (_number, comment) => readNoteEdit(callGraphql, comment),
    createComment: (number, body) => createNote(project, number, body),
    updateComment: (number, id, body) => updateNote(project, number, id, body),
    setStatus: (sha, status) => setCommitStatus(project, sha, status),
    publishCheck: async () => false,
    react: (number, comment, reaction) => reactToNote(project, number, comment, reaction),
    readPermission: (login) => readMember(project, login),
    readStatuses: (sha, contexts) => readCommitStatuses(project, sha, contexts),
    provesMergers: async () => true,
    countsContained: true,
    readExcess: () => readExcess(project),
    proposeRequest: (draft) => proposeMergeRequest(project, draft),
    close: () => http.close(),
  };
}
