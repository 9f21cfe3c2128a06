import { createHash } from "node:crypto";
import type { CommitStatus } from "../../../src/pull-requests/forge/forge.ts";
import { deliverGitlab } from "./deliver-gitlab.ts";
import type { ForgeServer, ForgeServerOptions, RequestChange } from "./forge-server.ts";
import { addressOf, beginCommits, WEB } from "./keep-commits.ts";
import { keepForge } from "./keep-forge.ts";
import { KeptRepository } from "./kept-repository.ts";
import { type Answer, type Asked, serveForge } from "./serve-forge.ts";
import { showCar, showMergeRequest, showNote, showProject, showUser } from "./show-gitlab.ts";

const TOKEN = "glpat-a-token-of-the-bot-0123";
/** What GitLab gives at most on a page, and without being asked. */
const MOST_ON_A_PAGE = 100;
const USUAL_PAGE = 20;
const STATUS_STATES = ["pending", "running", "success", "failed", "canceled", "skipped"];
const LEVELS = { none: 0, read: 20, write: 40, admin: 50 } as const;
const STATES: Readonly<Record<string, CommitStatus["state"]>> = { success: "success", failed: "failure" };

/** A GitLab with what only its tests need. */
export interface GitlabServer extends ForgeServer {
  /** Somebody writes a note on a line of a file. */
  commentOnLine(number: number, author: string, body: string): void;
  /** Gives a member one of GitLab's levels; the account may be blocked. */
  setLevel(login: string, level: number): void;
  /** Does not know what GraphQL is asked for, as an old GitLab. */
  withoutGraphql(): void;
  /** Ends the daemon's token, and gives one of another account that may write: of a new bot, as each project token has one. */
  replaceAccount(login: string): string;
}

/** What GitLab's server may be started with besides. */
export interface GitlabServerOptions extends ForgeServerOptions {
  /** Whether the project has merge trains, which take a licence. Default: true. */
  readonly trains?: boolean;
  /** How many calls are left of the hour's 5,000, as each answer says. Default: no answer says that. */
  readonly left?: () => number;
}

/** Starts a GitLab with one project on a free port. */
export async function startGitlabServer({
  repository: name = "acme/pools",
  pageLimit = MOST_ON_A_PAGE,
  trains = true,
  left,
}: GitlabServerOptions = {}): Promise<GitlabServer> {
  const repository = new KeptRepository(name);
  const levels = new Map<string, number>();
  let hasGraphql = true;
  let token = TOKEN;
  const gitlab = { repository, pageLimit, levels, trains };
  const sayLeft = (answer: Answer | undefined) =>
    answer && left ? { ...answer, headers: { ...answer.headers, ...showQuota(left()) } } : answer;
  const http = await serveForge({
    base: "/api/v4",
    time: () => repository.time(),
    isAuthorized: (headers) => headers["private-token"] === token || headers.authorization === `Bearer ${token}`,
    unauthorized: () => refuse(401, "401 Unauthorized"),
    limited: (seconds) => ({
      status: 429,
      body: "Retry later\n",
      headers: {
        "content-type": "text/plain",
        "retry-after": String(seconds),
        "ratelimit-limit": "600",
        "ratelimit-remaining": "0",
        "ratelimit-reset": String(Math.ceil(Date.now() / 1000) + seconds),
      },
    }),
    refused: (status) =>
      status === 502
        ? { status, body: "<html><title>GitLab is not responding</title></html>" }
        : refuse(status, `${status} Refused`),
    route: (asked) =>
      sayLeft(
        asked.method === "POST" && asked.path.endsWith("/api/graphql")
          ? answerGraphql(repository, asked, hasGraphql)
          : route(gitlab, asked),
      ),
  });
  return {
    ...http,
    ...keepForge(repository, (state) => STATES[state] ?? "pending"),
    kind: "gitlab",
    token: TOKEN,
    changeRequest: (number, change) => changeRequest(repository, number, change),
    commentOnLine: (number, author, body) => void repository.comment(number, author, body, "line"),
    setLevel: (login, level) => {
      repository.account(login);
      levels.set(login, level);
    },
    withoutGraphql: () => {
      hasGraphql = false;
    },
    replaceAccount: (login) => {
      repository.self = login;
      repository.allow(login, "write");
      token = `${TOKEN}-of-${login}`;
      return token;
    },
    deliver: (url, secret, event) => deliverGitlab(repository, url, secret, event),
  };
}

function showQuota(left: number): Readonly<Record<string, string>> {
  const reset = Math.floor(Date.now() / 1000) + 3600;
  return { "ratelimit-limit": "5000", "ratelimit-remaining": String(left), "ratelimit-reset": String(reset) };
}

interface Gitlab {
  readonly repository: KeptRepository;
  readonly pageLimit: number;
  readonly levels: ReadonlyMap<string, number>;
  readonly trains: boolean;
}

function route(gitlab: Gitlab, asked: Asked): Answer | undefined {
  const { repository } = gitlab;
  const { method, path, query } = asked;
  if (method === "GET" && path === "/user") return { status: 200, body: showUser(repository, repository.self) };
  const isAdmin = repository.permission(repository.self) === "admin";
  if (method === "GET" && path === "/personal_access_tokens/self") {
    return { status: 200, body: { id: 1, name: "bot", scopes: isAdmin ? ["api", "sudo", "admin_mode"] : ["api"] } };
  }
  if (method === "GET" && path === "/users") return { status: 200, body: findUsers(repository, query) };
  const [, project, below = ""] = /^\/projects\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  if (project === undefined) return undefined;
  if (decodeURIComponent(project) !== repository.name) return refuse(404, "404 Project Not Found");
  if (method === "GET" && below === "") {
    const project_access = { access_level: isAdmin ? LEVELS.admin : 30, notification_level: 3 };
    return { status: 200, body: { ...showProject(repository), permissions: { project_access, group_access: null } } };
  }
  if (below === "/merge_requests") return routeRequests(gitlab, asked);
  const [, sha] = /^\/statuses\/([0-9a-f]+)$/.exec(below) ?? [];
  if (method === "POST" && sha !== undefined) return setStatus(repository, sha, asked.body);
  const [, ofCommit] = /^\/repository\/commits\/([0-9a-f]+)\/statuses$/.exec(below) ?? [];
  if (method === "GET" && ofCommit !== undefined) return listStatuses(gitlab, asked, ofCommit);
  const [, merged] = /^\/repository\/commits\/([0-9a-f]+)\/merge_requests$/.exec(below) ?? [];
  if (method === "GET" && merged !== undefined) return listOfCommit(gitlab, asked, merged);
  const [, user] = /^\/members\/all\/(\d+)$/.exec(below) ?? [];
  if (method === "GET" && user !== undefined) return readMember(gitlab, Number(user));
  if (method === "GET" && below === "/merge_trains") return listTrain(gitlab, asked);
  const [, number, rest = ""] = /^\/merge_requests\/(\d+)(\/.*)?$/.exec(below) ?? [];
  return number === undefined ? undefined : routeRequest(gitlab, asked, Number(number), rest);
}

function routeRequests(gitlab: Gitlab, asked: Asked): Answer | undefined {
  const { repository } = gitlab;
  if (asked.method === "POST") return openRequest(repository, asked.body);
  if (asked.method !== "GET") return undefined;
  const wants = (name: string, value: string) => asked.query.get(name) === null || asked.query.get(name) === value;
  const found = [...repository.requests.values()].filter(
    ({ base, branch, state }) =>
      wants("target_branch", base) &&
      wants("source_branch", branch) &&
      wants("state", state === "open" ? "opened" : state),
  );
  return showPage(
    gitlab,
    asked,
    found.map((request) => showMergeRequest(repository, request)),
  );
}

/** Those that a commit is of, as one of theirs or as what their merge gave, in the state that is asked for. */
function listOfCommit(gitlab: Gitlab, asked: Asked, commit: string): Answer {
  const { repository } = gitlab;
  const found = [...repository.requests.values()].filter(
    ({ sha, commits, state, merged }) =>
      [null, state === "open" ? "opened" : state].includes(asked.query.get("state")) &&
      (sha === commit || merged?.commit === commit || commits.some((one) => one.sha === commit)),
  );
  return showPage(
    gitlab,
    asked,
    found.map((request) => showMergeRequest(repository, request)),
  );
}

/** Of each name the latest. */
function listStatuses(gitlab: Gitlab, asked: Asked, sha: string): Answer {
  const { repository } = gitlab;
  if (!repository.commits.has(sha)) return refuse(404, "404 Commit Not Found");
  const shown = repository.latestStatuses(sha).map(({ id, context, state, description, by }) => ({
    ...{ id, sha, name: context, status: state, description },
    author: showUser(repository, by),
  }));
  return showPage(gitlab, asked, shown);
}

function listTrain(gitlab: Gitlab, asked: Asked): Answer {
  if (!gitlab.trains) return refuse(403, "403 Forbidden");
  const cars = [...gitlab.repository.train.keys()].map((number) => showCar(gitlab.repository, number));
  return showPage(gitlab, asked, cars);
}

function routeRequest(gitlab: Gitlab, asked: Asked, number: number, rest: string): Answer | undefined {
  const { repository } = gitlab;
  const request = repository.requests.get(number);
  if (request === undefined) return refuse(404, "404 Not found");
  const [, note, award] = /^\/notes\/(\d+)(\/award_emoji)?$/.exec(rest) ?? [];
  switch (`${asked.method} ${note === undefined ? rest : `/notes/:id${award ?? ""}`}`) {
    case "GET ":
      return { status: 200, body: showMergeRequest(repository, request) };
    case "PUT ": {
      const change = { title: readField(asked, "title"), body: readField(asked, "description") };
      return { status: 200, body: showMergeRequest(repository, repository.change(number, change)) };
    }
    case "GET /notes": {
      const notes = repository.comments.filter((comment) => comment.number === number);
      return showPage(
        gitlab,
        asked,
        notes.map((comment) => showNote(repository, comment)),
      );
    }
    case "POST /notes":
      return createNote(repository, number, readField(asked, "body"));
    case "GET /notes/:id": {
      const kept = repository.comments.find(({ id }) => id === note);
      return kept === undefined ? refuse(404, "404 Note Not Found") : { status: 200, body: showNote(repository, kept) };
    }
    case "PUT /notes/:id":
      return changeNote(repository, String(note), readField(asked, "body"));
    case "POST /notes/:id/award_emoji":
      return award === undefined ? undefined : awardEmoji(repository, String(note), readField(asked, "name"));
    default:
      return undefined;
  }
}

/** The two queries that are made: of a merge request's commits, and of a note. */
function answerGraphql(repository: KeptRepository, asked: Asked, isKnown: boolean): Answer {
  const { body } = asked;
  if (String(body.query).includes("mergeRequest(")) return answerCommits(repository, asked, isKnown);
  if (!isKnown)
    return { status: 200, body: { errors: [{ message: "Field 'lastEditedAt' doesn't exist on type 'Note'" }] } };
  const { id = "" } = (body.variables ?? {}) as { readonly id?: string };
  const found = repository.comments.find((comment) => id === `gid://gitlab/Note/${comment.id}`);
  const { edited } = found ?? { edited: null };
  const note = { lastEditedAt: edited?.at ?? null, lastEditedBy: edited === null ? null : { username: edited.by } };
  return { status: 200, body: { data: { note: found === undefined ? null : note } } };
}

/** Newest first. An author has the account of the address; committers are known of the request alone. */
function answerCommits(repository: KeptRepository, { body }: Asked, isKnown: boolean): Answer {
  if (!isKnown) return { status: 200, body: { errors: [{ message: "Field 'committers' doesn't exist" }] } };
  const { project, number, after } = body.variables as Readonly<Record<string, string | null>>;
  const request = project === repository.name ? repository.requests.get(Number(number)) : undefined;
  if (request === undefined) return { status: 200, body: { data: { project: { mergeRequest: null } } } };
  const all = request.commits.toReversed().map(({ sha, author, committer, message = "Change" }) => ({
    ...{ sha, message, author: author === null ? null : { username: author } },
    ...{ authorEmail: addressOf(author), committerEmail: addressOf(committer) },
  }));
  const logins = new Set(request.commits.flatMap(({ committer }) => (committer === WEB ? [] : (committer ?? []))));
  const begin = Number(after ?? 0);
  const pageInfo = { hasNextPage: begin + MOST_ON_A_PAGE < all.length, endCursor: String(begin + MOST_ON_A_PAGE) };
  const commits = { nodes: all.slice(begin, begin + MOST_ON_A_PAGE), pageInfo };
  const committers = { nodes: [...logins].map((username) => ({ username })), pageInfo: { hasNextPage: false } };
  return { status: 200, body: { data: { project: { mergeRequest: { commits, committers } } } } };
}

/** Newest first unless asked for otherwise. */
function showPage({ pageLimit }: Gitlab, { query }: Asked, records: readonly object[]): Answer {
  const size = Math.min(Number(query.get("per_page") ?? USUAL_PAGE), pageLimit, MOST_ON_A_PAGE);
  const page = Number(query.get("page") ?? 1);
  const sorted = query.get("sort") === "asc" ? records : records.toReversed();
  const isLast = page * size >= records.length;
  const headers = {
    "x-page": String(page),
    "x-per-page": String(size),
    "x-total": String(records.length),
    "x-next-page": isLast ? "" : String(page + 1),
  };
  return { status: 200, body: sorted.slice((page - 1) * size, page * size), headers };
}

function openRequest(repository: KeptRepository, body: Asked["body"]): Answer {
  const [branch, base] = [String(body.source_branch), String(body.target_branch)];
  const same = [...repository.requests.values()].find(
    (other) => other.state === "open" && other.branch === branch && other.base === base && other.fork === null,
  );
  if (same !== undefined) {
    return refuse(409, [`Another open merge request already exists for this source branch: !${same.number}`]);
  }
  const sha = repository.branches.get(branch) ?? createHash("sha1").update(branch).digest("hex");
  // Of what nobody pushed here it knows no commits.
  const commits = repository.branches.has(branch) ? beginCommits({ author: repository.self, sha }) : [];
  const about = { title: String(body.title), body: String(body.description ?? ""), author: repository.self, commits };
  const number = repository.open({ ...about, branch, base, sha });
  return { status: 201, body: showMergeRequest(repository, repository.request(number)) };
}

function createNote(repository: KeptRepository, number: number, body: string): Answer {
  if (body === "") return refuse(400, '400 (Bad request) "Note {:note=>[\\"can\'t be blank\\"]}" not given');
  if (body.length > 1_000_000) return refuse(400, { note: ["is too long (maximum is 1000000 characters)"] });
  // A note of quick actions alone is carried out and never kept.
  if (/^(\/\w+[^\n]*\s*)+$/.test(body)) return { status: 202, body: { commands_changes: {}, summary: ["Done."] } };
  return { status: 201, body: showNote(repository, repository.comment(number, repository.self, body)) };
}

function changeNote(repository: KeptRepository, id: string, body: string): Answer {
  const note = repository.comments.find((comment) => comment.id === id);
  if (note === undefined) return refuse(404, "404 Note Not Found");
  // Its author may, and who maintains the project.
  if (note.author !== repository.self) return refuse(403, "403 Forbidden");
  repository.editComment(id, body, { by: repository.self });
  return { status: 200, body: showNote(repository, repository.findComment(id)) };
}

function awardEmoji(repository: KeptRepository, note: string, name: string): Answer {
  if (!repository.comments.some(({ id }) => id === note)) return refuse(404, "404 Note Not Found");
  if (!repository.react(note, repository.self, name))
    return refuse(404, "404 Award Emoji Name has already been taken Not Found");
  return { status: 201, body: { id: repository.id(), name, awardable_id: Number(note), awardable_type: "Note" } };
}

/** A pending or running one of the same name is changed, and can't become what it is already. */
function setStatus(repository: KeptRepository, sha: string, body: Asked["body"]): Answer {
  if (!repository.commits.has(sha)) return refuse(404, "404 Commit Not Found");
  const car = [...repository.train.values()].find((one) => one.sha === sha);
  // No branch holds a train's commit, so that its pipeline has to be named.
  const isHeld = car === undefined ? !isOfFork(repository, sha) : body.pipeline_id === car.pipeline;
  if (![...repository.branches.values()].includes(sha) && !isHeld) {
    return refuse(404, "404 References for commit Not Found");
  }
  const [state, context] = [String(body.state), String(body.name ?? body.context ?? "default")];
  if (!STATUS_STATES.includes(state)) return { status: 400, body: { error: "state does not have a valid value" } };
  const description = String(body.description ?? "");
  if ([...description].length > 255) return refuse(400, { description: ["is too long (maximum is 255 characters)"] });
  const before = repository.latestStatuses(sha).find((status) => status.context === context)?.state;
  if (state === "pending" && before === "pending") {
    const reason = 'Reason(s): Status cannot transition via "enqueue"';
    return refuse(400, `Cannot transition status via :enqueue from :pending (${reason})`);
  }
  const url = typeof body.target_url === "string" ? body.target_url : null;
  const status = repository.setStatus({ sha, context, state, description, url, by: repository.self });
  return { status: 201, body: { id: status.id, sha, name: context, status: state, description, target_url: url } };
}

function isOfFork(repository: KeptRepository, sha: string): boolean {
  return [...repository.requests.values()].some((request) => request.sha === sha && request.fork !== null);
}

function readMember({ repository, levels }: Gitlab, id: number): Answer {
  const login = repository.findAccount(id);
  const level = login === undefined ? 0 : (levels.get(login) ?? LEVELS[repository.permission(login)]);
  if (login === undefined || level === 0) return refuse(404, "404 Not found");
  return { status: 200, body: { ...showUser(repository, login), access_level: level, expires_at: null } };
}

/** GitLab does not mind the case. */
function findUsers(repository: KeptRepository, query: URLSearchParams): readonly object[] {
  const wanted = query.get("username")?.toLowerCase();
  const logins = repository.logins().filter((login) => login.toLowerCase() === wanted);
  return logins.map((login) => showUser(repository, login));
}

/** GitLab notes down what happens. */
function changeRequest(repository: KeptRepository, number: number, change: RequestChange): void {
  const { sha: before, author } = repository.request(number);
  repository.change(number, change);
  const isPush = change.sha !== undefined && change.sha !== before;
  const words = isPush
    ? `added 1 commit\n\n<ul><li>${change.sha?.slice(0, 8)} - More</li></ul>`
    : "changed the description";
  repository.comment(number, isPush ? (change.commit?.pusher ?? author) : author, words, "system");
}

const readField = ({ body }: Asked, name: string) => (typeof body[name] === "string" ? body[name] : "");
const refuse = (status: number, message: unknown): Answer => ({ status, body: { message } });
