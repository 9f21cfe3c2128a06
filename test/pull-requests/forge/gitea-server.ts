import { createHash } from "node:crypto";
import type { CommitStatus } from "../../../src/pull-requests/forge/forge.ts";
import { deliverGitea } from "./deliver-gitea.ts";
import type { ForgeServer, ForgeServerOptions } from "./forge-server.ts";
import { beginCommits } from "./keep-commits.ts";
import { keepForge } from "./keep-forge.ts";
import { KeptRepository } from "./kept-repository.ts";
import { type Answer, type Asked, serveForge } from "./serve-forge.ts";
import {
  emailOf,
  showComment,
  showCommit,
  showEntry,
  showPullRequest,
  showRepository,
  showUser,
} from "./show-gitea.ts";

const TOKEN = "0123456789abcdef0123456789abcdef01234567";
/** What Gitea gives at most on a page, and without being asked. */
const MOST_ON_A_PAGE = 50;
const USUAL_PAGE = 30;
const REACTIONS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];
const STATES: readonly CommitStatus["state"][] = ["pending", "success", "failure", "error"];

/** A Gitea with what only its tests need. */
export interface GiteaServer extends ForgeServer {
  /** Has no list of assignees, as an old Gitea, or does not show it. */
  withoutAssignees(): void;
  /** From now on takes a push that contains a request for its merge; null: is too old to say whether it does. */
  detectMerges(on: boolean | null): void;
  /**
   * Somebody pushes a commit that merges a request. Where merges are detected, the merger is whose e-mail address the commit's author has,
   * and else the repository's owner, at the time that the author gives (Gitea's `services/pull/check.go`).
   */
  pushMerge(number: number, commit: string, author: { readonly email: string; readonly at: string }): void;
}

/** With what it is started. */
export interface GiteaServerOptions extends ForgeServerOptions {
  /** By so much its clock is ahead of that of others when they start, and its ids are not; in milliseconds. */
  readonly later?: number;
}

/** Starts a Gitea with one repository. */
export async function startGiteaServer({
  repository: name = "acme/pools",
  pageLimit = MOST_ON_A_PAGE,
  port,
  later,
}: GiteaServerOptions = {}): Promise<GiteaServer> {
  const repository = new KeptRepository(name, later);
  let hasAssignees = true;
  let detects: boolean | null = false;
  const http = await serveForge(
    {
      base: "/api/v1",
      time: () => repository.time(),
      isAuthorized: ({ authorization }) => authorization === `token ${TOKEN}` || authorization === `Bearer ${TOKEN}`,
      unauthorized: () => refuse(401, "user does not exist [uid: 0, name: ]"),
      // Gitea has no limits of its own: a proxy before it may.
      limited: (seconds) => ({
        status: 429,
        body: "<html><title>429 Too Many Requests</title></html>",
        headers: { "retry-after": String(seconds) },
      }),
      refused: (status) => refuse(status, status === 404 ? "The target couldn't be found." : ""),
      route: (asked) => {
        if (!hasAssignees && asked.path.endsWith("/assignees")) return missing();
        const answer = route(repository, pageLimit, asked);
        if (asked.method !== "GET" || asked.path !== `/repos/${name}` || detects === null) return answer;
        return answer && { ...answer, body: { ...Object(answer.body), autodetect_manual_merge: detects } };
      },
    },
    port,
  );
  const kept = keepForge(repository, (word) => STATES.find((state) => state === word) ?? "error");
  return {
    ...http,
    ...kept,
    kind: "gitea",
    // A push to a request is an entry of its timeline.
    changeRequest: (number, change) => {
      const { sha: before, author } = repository.request(number);
      kept.changeRequest(number, change);
      if (change.sha === undefined || change.sha === before) return;
      const body = JSON.stringify({ is_force_push: false, commit_ids: [change.sha] });
      repository.comment(number, change.commit?.pusher ?? author, body, "push");
    },
    token: TOKEN,
    withoutAssignees: () => {
      hasAssignees = false;
    },
    detectMerges: (on) => {
      detects = on;
    },
    pushMerge: (number, commit, { email, at }) => {
      const { base } = repository.request(number);
      if (detects !== true) return repository.push(base, commit);
      const merger = repository.logins().find((login) => emailOf(login) === email) ?? name.split("/")[0] ?? "";
      repository.merge(number, merger, commit, at);
    },
    deliver: (url, secret, event) => deliverGitea(repository, url, secret, event),
  };
}

function route(repository: KeptRepository, pageLimit: number, asked: Asked): Answer | undefined {
  const { method, path } = asked;
  if (method === "GET" && path === "/user") return { status: 200, body: showUser(repository, repository.self) };
  const [, name, below = ""] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  if (decodeURIComponent(name) !== repository.name) return missing();
  const [, number, comments] = /^\/(?:pulls|issues)\/(\d+)(\/comments|\/commits|\/timeline)?$/.exec(below) ?? [];
  const [, comment, reactions = ""] = /^\/issues\/comments\/(\d+)(\/reactions)?$/.exec(below) ?? [];
  const [, login] = /^\/collaborators\/([^/]+)\/permission$/.exec(below) ?? [];
  const [, sha] = /^\/(?:statuses|git\/commits)\/([0-9a-f]+)$/.exec(below) ?? [];
  const [, shown] = /^\/commits\/([0-9a-f]+)\/statuses$/.exec(below) ?? [];
  if (method === "GET" && shown !== undefined) return listStatuses(repository, shown, asked.query);
  const [, kind = ""] = /^\/([a-z]+)/.exec(below) ?? [];
  if (comment !== undefined) return routeComment(repository, asked, comment, reactions);
  if (number !== undefined) return routeRequest(repository, asked, Number(number), `${kind}${comments ?? ""}`);
  const [, merged] = /^\/commits\/([0-9a-f]+)\/pull$/.exec(below) ?? [];
  if (method === "GET" && merged !== undefined) return findMerged(repository, merged);
  if (below === "/pulls" && method === "GET") return listRequests(repository, pageLimit, asked.query);
  if (below === "/pulls" && method === "POST") return openRequest(repository, asked.body);
  if (method === "GET" && below === "") {
    const admin = repository.permission(repository.self) === "admin";
    return { status: 200, body: { ...showRepository(repository), permissions: { admin, push: true, pull: true } } };
  }
  if (method === "GET" && below === "/assignees") return listAssignees(repository);
  if (method === "GET" && login !== undefined) return readPermission(repository, decodeURIComponent(login));
  if (method === "GET" && kind === "git" && sha !== undefined) {
    return repository.commits.has(sha) ? { status: 200, body: { sha } } : missing();
  }
  if (method === "POST" && kind === "statuses" && sha !== undefined) return setStatus(repository, sha, asked.body);
  return undefined;
}

function routeRequest(repository: KeptRepository, asked: Asked, number: number, what: string): Answer | undefined {
  const request = repository.requests.get(number);
  if (request === undefined) return missing();
  switch (`${asked.method} ${what}`) {
    case "GET pulls":
      return { status: 200, body: showPullRequest(repository, request) };
    case "PATCH pulls": {
      const change = { title: readField(asked, "title"), body: readField(asked, "body") };
      return { status: 201, body: showPullRequest(repository, repository.change(number, change)) };
    }
    case "GET pulls/commits": {
      const size = Math.min(Number(asked.query.get("limit") ?? USUAL_PAGE), MOST_ON_A_PAGE);
      const begin = (Number(asked.query.get("page") ?? 1) - 1) * size;
      // Newest first.
      const commits = request.commits.toReversed().map((commit) => showCommit(repository, commit));
      const headers = { "x-total-count": String(commits.length) };
      return { status: 200, body: commits.slice(begin, begin + size), headers };
    }
    // All of them: page and limit count for nothing.
    case "GET issues/comments": {
      const comments = repository.plainComments(number).map((comment) => showComment(repository, comment));
      return { status: 200, body: comments, headers: { "x-total-count": String(comments.length) } };
    }
    case "GET issues/timeline": {
      const [limit, page] = [Number(asked.query.get("limit")), Number(asked.query.get("page"))];
      const entries = repository.comments.filter((comment) => comment.number === number);
      const shown = entries.slice((page - 1) * limit, page * limit).map((comment) => showEntry(repository, comment));
      return { status: 200, body: shown, headers: { "x-total-count": String(entries.length) } };
    }
    case "POST issues/comments": {
      const body = readField(asked, "body");
      if (body === "") return refuse(422, "[Body]: Required");
      return { status: 201, body: showComment(repository, repository.comment(number, repository.self, body)) };
    }
    default:
      return undefined;
  }
}

function routeComment(repository: KeptRepository, asked: Asked, id: string, below: string): Answer | undefined {
  const comment = repository.comments.find((other) => other.id === id);
  if (comment === undefined) return missing();
  if (asked.method === "GET" && below === "") return { status: 200, body: showComment(repository, comment) };
  if (asked.method === "PATCH" && below === "") {
    repository.editComment(id, readField(asked, "body"), { by: repository.self });
    return { status: 200, body: showComment(repository, repository.findComment(id)) };
  }
  if (asked.method !== "POST" || below === "") return undefined;
  const content = readField(asked, "content");
  if (!REACTIONS.includes(content)) return refuse(403, `'${content}' is not an allowed reaction`);
  const isNew = repository.react(id, repository.self, content);
  return { status: isNew ? 201 : 200, body: { content, user: showUser(repository, repository.self) } };
}

/** The pull request that was merged as a commit. */
function findMerged(repository: KeptRepository, commit: string): Answer {
  const found = [...repository.requests.values()].find(({ merged }) => merged?.commit === commit);
  return found === undefined ? missing() : { status: 200, body: showPullRequest(repository, found) };
}

/** Newest first unless asked for otherwise. */
function listRequests(repository: KeptRepository, pageLimit: number, query: URLSearchParams): Answer {
  const base = query.get("base_branch");
  const state = query.get("state") ?? "open";
  const found = [...repository.requests.values()].filter(
    (request) =>
      (base === null || request.base === base) &&
      (state === "all" || (request.state === "open") === (state === "open")),
  );
  const order = query.get("sort");
  const sorted =
    order === "recentupdate"
      ? found.toSorted((one, other) => (one.updated_at < other.updated_at ? 1 : -1))
      : order === "oldest"
        ? found
        : found.toReversed();
  const size = Math.min(Number(query.get("limit") ?? USUAL_PAGE), pageLimit, MOST_ON_A_PAGE);
  const begin = (Number(query.get("page") ?? 1) - 1) * size;
  const page = sorted.slice(begin, begin + size).map((request) => showPullRequest(repository, request));
  const hasMore = begin + size < found.length;
  return { status: 200, body: page, headers: { "x-total-count": String(found.length), "x-hasmore": String(hasMore) } };
}

function openRequest(repository: KeptRepository, body: Asked["body"]): Answer {
  const [branch, base] = [String(body.head), String(body.base)];
  const same = [...repository.requests.values()].find(
    (other) => other.state === "open" && other.branch === branch && other.base === base && other.fork === null,
  );
  if (same !== undefined) return refuse(409, `pull request already exists for these targets [id: ${same.number}]`);
  const sha = repository.branches.get(branch) ?? createHash("sha1").update(branch).digest("hex");
  // Of what nobody pushed here it knows no commits.
  const commits = repository.branches.has(branch) ? beginCommits({ author: repository.self, sha }) : [];
  const about = { title: String(body.title), body: String(body.body ?? ""), author: repository.self, commits };
  const number = repository.open({ ...about, branch, base, sha });
  return { status: 201, body: showPullRequest(repository, repository.request(number)) };
}

/** A commit that is not there is a failure inside; unknown words for a state are taken. */
function setStatus(repository: KeptRepository, sha: string, body: Asked["body"]): Answer {
  if (!repository.commits.has(sha)) return refuse(500, "");
  const [state, context, description] = [String(body.state), String(body.context), String(body.description ?? "")];
  const url = typeof body.target_url === "string" && body.target_url !== "" ? body.target_url : null;
  const status = repository.setStatus({ sha, context, state, description, url, by: repository.self });
  return { status: 201, body: { id: status.id, context, status: state, description, target_url: url ?? "" } };
}

/** All that were ever set, newest first. */
function listStatuses(repository: KeptRepository, sha: string, query: URLSearchParams): Answer {
  if (!repository.commits.has(sha)) return missing();
  const all = repository.statuses.filter((status) => status.sha === sha).toReversed();
  const [limit, page] = [Number(query.get("limit")), Number(query.get("page"))];
  const body = all.slice((page - 1) * limit, page * limit).map(({ id, context, state, description, by }) => ({
    ...{ id, context, status: state, description },
    creator: showUser(repository, by),
  }));
  return { status: 200, body, headers: { "x-total-count": String(all.length) } };
}

/** Those who may write, told to whoever may write. */
function listAssignees(repository: KeptRepository): Answer {
  const writers = repository.logins().filter((login) => ["write", "admin"].includes(repository.permission(login)));
  return { status: 200, body: writers.map((login) => showUser(repository, login)) };
}

function readPermission(repository: KeptRepository, login: string): Answer {
  if (repository.permission(repository.self) !== "admin" && login !== repository.self) {
    return refuse(
      403,
      "Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own",
    );
  }
  if (!repository.logins().includes(login)) return missing();
  const permission = repository.permission(login);
  return { status: 200, body: { permission, role_name: permission, user: showUser(repository, login) } };
}

const missing = () => refuse(404, "The target couldn't be found.");
const readField = ({ body }: Asked, name: string) => (typeof body[name] === "string" ? body[name] : "");
const refuse = (status: number, message: string): Answer => ({
  status,
  body: { message, url: "https://gitea.example.com/api/swagger" },
});
