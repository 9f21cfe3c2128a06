import { createHash } from "node:crypto";
import type { Annotation } from "../../../src/model/diagnostics/annotation.ts";
import type { CheckRun, CommitStatus } from "../../../src/pull-requests/forge/forge.ts";
import { toComment, toDetails, toPull, toUser } from "./github-shapes.ts";
import type { GithubAccount } from "./github-tokens.ts";
import { addressOf } from "./keep-commits.ts";
import type { ForgeState } from "./keep-forge-state.ts";

/** A call as a route sees it. */
export interface GithubRequest {
  readonly parts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly caller: GithubAccount;
}

/** An answer before it is written down. `list`: cut in pages. */
export type GithubAnswer =
  | { readonly status: number; readonly data: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: 200; readonly list: readonly unknown[] };

/** What a route needs to know. */
export interface GithubContext {
  readonly state: ForgeState;
  readonly repository: string;
  readonly api: string;
  /** How many entries a page has at most. */
  readonly pageLimit: number;
}

type Serve = (request: GithubRequest, context: GithubContext) => GithubAnswer;

/** A route below the repository; `needs`: the permission that a token has to have. */
export interface GithubRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly needs: string;
  readonly serve: Serve;
}

const MOST_BODY = 65_536;
const MOST_DESCRIPTION = 140;
/** Of one commit and context. */
const MOST_STATUSES = 1_000;
const MOST_ANNOTATIONS = 50;
const MOST_COMMITS = 250;
const STATES = ["error", "failure", "pending", "success"];
const REACTIONS = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

/** Everything below `/repos/OWNER/NAME`. */
export const GITHUB_ROUTES: readonly GithubRoute[] = [
  route("GET", "/pulls", "pull_requests=read", listPulls),
  route("POST", "/pulls", "pull_requests=write", createPull),
  route("GET", "/pulls/(?<number>\\d+)", "pull_requests=read", ({ parts }, context) =>
    showPull(Number(parts.number), context),
  ),
  route("GET", "/pulls/(?<number>\\d+)/commits", "pull_requests=read", listPullCommits),
  route("GET", "/activity", "contents=read", ({ query }, context) => listActivity(query, context.repository, context)),
  route("PATCH", "/pulls/(?<number>\\d+)", "pull_requests=write", updatePull),
  route("GET", "/commits/(?<sha>[0-9a-f]+)/pulls", "pull_requests=read", listPullsOfCommit),
  route("GET", "/issues/(?<number>\\d+)/comments", "issues=read; pull_requests=read", listComments),
  route("GET", "/issues/(?<number>\\d+)/events", "issues=read; pull_requests=read", listEvents),
  route("POST", "/issues/(?<number>\\d+)/comments", "issues=write; pull_requests=write", createComment),
  route("GET", "/issues/comments/(?<id>\\d+)", "issues=read; pull_requests=read", showComment),
  route("PATCH", "/issues/comments/(?<id>\\d+)", "issues=write; pull_requests=write", updateComment),
  route("POST", "/issues/comments/(?<id>\\d+)/reactions", "issues=write; pull_requests=write", react),
  route("POST", "/statuses/(?<sha>[^/]+)", "statuses=write", createStatus),
  route("GET", "/commits/(?<sha>[0-9a-f]+)/statuses", "statuses=read", listStatuses),
  route("POST", "/check-runs", "checks=write", createCheck),
  route("PATCH", "/check-runs/(?<id>\\d+)", "checks=write", updateCheck),
  route("GET", "/collaborators/(?<login>[^/]+)/permission", "metadata=read", readPermission),
];

function route(method: string, path: string, needs: string, serve: Serve): GithubRoute {
  return { method, pattern: new RegExp(`^${path}$`), needs, serve };
}

function listPulls({ query }: GithubRequest, { state, repository, api }: GithubContext): GithubAnswer {
  const wanted = query.get("state") ?? "open";
  const base = query.get("base");
  const head = query.get("head");
  const found = [...state.requests.values()]
    .map((request) => toPull(request, repository, api))
    .filter((pull) => wanted === "all" || pull.state === wanted)
    .filter((pull) => base === null || pull.base.ref === base)
    .filter((pull) => head === null || pull.head.label === head);
  const sorted =
    query.get("sort") === "updated"
      ? found.toSorted((one, other) => (one.updated_at < other.updated_at ? -1 : 1))
      : found;
  // Without being told otherwise GitHub lists the newest first.
  const ascending = (query.get("direction") ?? "desc") === "asc";
  return { status: 200, list: ascending ? sorted : sorted.reverse() };
}

/** Those that a commit is of, as their newest one or as what their merge gave. */
function listPullsOfCommit({ parts }: GithubRequest, { state, repository, api }: GithubContext): GithubAnswer {
  const found = [...state.requests.values()].filter(
    ({ sha, merged }) => sha === parts.sha || merged?.commit === parts.sha,
  );
  return { status: 200, list: found.map((request) => toPull(request, repository, api)) };
}

function createPull({ body, caller }: GithubRequest, context: GithubContext): GithubAnswer {
  const { state, repository } = context;
  const { title, head, base, body: text } = body;
  if (typeof title !== "string" || typeof head !== "string" || typeof base !== "string")
    return invalid("PullRequest", "missing_field");
  if (head === base) return invalid("PullRequest", "custom", `No commits between ${base} and ${head}`);
  const taken = [...state.requests.values()].some(
    (one) => one.state === "open" && one.branch === head && one.base === base && one.fork === null,
  );
  const label = `${repository.slice(0, repository.indexOf("/"))}:${head}`;
  if (taken) return invalid("PullRequest", "custom", `A pull request already exists for ${label}.`);
  const sha = createHash("sha1").update(head).digest("hex");
  // Of what nobody pushed here it knows no commits.
  const about = { title, body: String(text ?? ""), author: caller.login, branch: head, base, sha, commits: [] };
  const number = state.openRequest(about);
  const data = { ...toPull(state.request(number), repository, context.api), ...toDetails(state.request(number)) };
  return { status: 201, data };
}

function showPull(number: number, { state, repository, api }: GithubContext): GithubAnswer {
  const request = state.requests.get(number);
  if (request === undefined) return NOT_FOUND;
  return { status: 200, data: { ...toPull(request, repository, api), ...toDetails(request) } };
}

/** The oldest 250 at most. An account that was not found is null. */
function listPullCommits({ parts }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const request = state.requests.get(Number(parts.number));
  if (request === undefined) return NOT_FOUND;
  const there = request.commits.filter(({ shown }) => shown !== "push");
  const list = there.slice(0, MOST_COMMITS).map(({ sha, author, committer, message = "Change" }) => ({
    ...{ sha, node_id: `C_${sha}`, parents: [] },
    commit: { author: { email: addressOf(author) }, committer: { email: addressOf(committer) }, message },
    ...{ author: author === null ? null : toUser(author), committer: committer === null ? null : toUser(committer) },
  }));
  return { status: 200, list };
}

/** What was pushed to a branch of a repository, this one or a fork, newest first, in pages by cursors. */
export function listActivity(query: URLSearchParams, of: string, context: GithubContext): GithubAnswer {
  const { state, repository, api, pageLimit } = context;
  const ref = query.get("ref") ?? "";
  const moves = [...state.requests.values()]
    .filter(({ fork, branch }) => (fork ?? repository) === of && ref === `refs/heads/${branch}`)
    .flatMap(({ commits }) => commits.filter(({ shown }) => shown !== "commit"))
    .toReversed()
    .map(({ sha: after, before, pusher }, at) => ({
      ...{ id: at + 1, before, after, ref, timestamp: "2026-01-05T08:00:00Z" },
      ...{ activity_type: nameMove(before, after), actor: toUser(pusher) },
    }));
  const [, from = "0"] = /^MOVE:(\d+)==$/.exec(query.get("after") ?? "") ?? [];
  const to = Number(from) + Math.min(Number(query.get("per_page") ?? 30), pageLimit);
  const next = new URLSearchParams(query);
  next.set("after", `MOVE:${to}==`);
  const link = `<${api}/repos/${of}/activity?${next}>; rel="next"`;
  return { status: 200, data: moves.slice(Number(from), to), headers: to < moves.length ? { link } : {} };
}

function nameMove(before: string, after: string): string {
  if (/^0+$/.test(after)) return "branch_deletion";
  return /^0+$/.test(before) ? "branch_creation" : "push";
}

function updatePull({ parts, body }: GithubRequest, context: GithubContext): GithubAnswer {
  const number = Number(parts.number);
  if (!context.state.requests.has(number)) return NOT_FOUND;
  const text = (name: string) => (typeof body[name] === "string" ? { [name]: body[name] } : {});
  context.state.changeRequest(number, { ...text("title"), ...text("body"), ...text("base") });
  return showPull(number, context);
}

function listComments({ parts }: GithubRequest, { state, repository, api }: GithubContext): GithubAnswer {
  const number = Number(parts.number);
  if (!state.requests.has(number)) return NOT_FOUND;
  return { status: 200, list: state.commentsOf(number).map((comment) => toComment(comment, repository, api)) };
}

function listEvents({ parts }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const number = Number(parts.number);
  if (!state.requests.has(number)) return NOT_FOUND;
  const events = state.events
    .filter(({ request }) => request === number)
    .map(({ login, request: _request, ...event }) => ({ ...event, actor: toUser(login) }));
  return { status: 200, list: events };
}

function createComment(
  { parts, body, caller }: GithubRequest,
  { state, repository, api }: GithubContext,
): GithubAnswer {
  const number = Number(parts.number);
  if (!state.requests.has(number)) return NOT_FOUND;
  const refused = refuseBody(body.body);
  if (refused !== null) return refused;
  return { status: 201, data: toComment(state.comment(number, caller.login, String(body.body)), repository, api) };
}

function showComment({ parts }: GithubRequest, { state, repository, api }: GithubContext): GithubAnswer {
  const comment = state.comments.get(parts.id ?? "");
  return comment === undefined ? NOT_FOUND : { status: 200, data: toComment(comment, repository, api) };
}

function updateComment(
  { parts, body, caller }: GithubRequest,
  { state, repository, api }: GithubContext,
): GithubAnswer {
  const id = parts.id ?? "";
  if (!state.comments.has(id)) return NOT_FOUND;
  const refused = refuseBody(body.body);
  if (refused !== null) return refused;
  state.editComment(id, String(body.body), { by: caller.login });
  return { status: 200, data: toComment(state.findComment(id), repository, api) };
}

function refuseBody(body: unknown): GithubAnswer | null {
  if (typeof body !== "string" || body === "") return invalid("IssueComment", "missing_field");
  const isLong = [...body].length > MOST_BODY;
  return isLong
    ? invalid("IssueComment", "unprocessable", `body is too long (maximum is ${MOST_BODY} characters)`)
    : null;
}

function react({ parts, body, caller }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const id = parts.id ?? "";
  if (!state.comments.has(id)) return NOT_FOUND;
  if (typeof body.content !== "string" || !REACTIONS.includes(body.content)) return invalid("Reaction", "invalid");
  const isNew = state.react(id, body.content);
  return { status: isNew ? 201 : 200, data: { id: 1, user: toUser(caller.login), content: body.content } };
}

function createStatus({ parts, body, caller }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const sha = parts.sha ?? "";
  const { state: verdict, context = "default", description = "", target_url = null } = body;
  if (!isCommit(sha)) return { status: 422, data: { message: `No commit found for SHA: ${sha}` } };
  if (typeof verdict !== "string" || !STATES.includes(verdict))
    return invalid("Status", "custom", "State is not included in the list");
  if ([...String(description)].length > MOST_DESCRIPTION) {
    return invalid("Status", "custom", `description is too long (maximum is ${MOST_DESCRIPTION} characters)`);
  }
  const before = state.setStatuses.filter((one) => one.sha === sha && one.status.context === context);
  if (before.length >= MOST_STATUSES) {
    return invalid("Status", "custom", "This SHA and context has reached the maximum number of statuses.");
  }
  const status = { context, state: verdict, description, url: target_url } as CommitStatus;
  state.setStatus(sha, status, caller.login);
  return { status: 201, data: { id: state.nextId(), state: verdict, context, description, target_url } };
}

/** All that were ever set, newest first. */
function listStatuses({ parts }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const all = state.setStatuses.filter(({ sha }) => sha === parts.sha).toReversed();
  const list = all.map(({ id, status: { context, state, description }, by }) => ({
    ...{ id, context, state, description },
    creator: toUser(by),
  }));
  return { status: 200, list };
}

/** The double holds no repository: only what can't be one is none. */
function isCommit(sha: string): boolean {
  return /^[0-9a-f]{40}$/.test(sha) && sha !== "0".repeat(40);
}

interface GithubOutput {
  readonly title: string;
  readonly summary: string;
  readonly annotations?: readonly Readonly<Record<string, unknown>>[];
}

function createCheck({ body, caller }: GithubRequest, { state }: GithubContext): GithubAnswer {
  if (caller.kind === "person") return FORBIDDEN_CHECK;
  const { name, head_sha, conclusion, details_url = null } = body;
  const output = body.output as GithubOutput;
  if (typeof name !== "string" || typeof head_sha !== "string" || !isCommit(head_sha))
    return invalid("CheckRun", "missing_field");
  if ((output.annotations?.length ?? 0) > MOST_ANNOTATIONS) return TOO_MANY_ANNOTATIONS;
  const annotations = (output.annotations ?? []).map(toAnnotation);
  const check = {
    name,
    conclusion,
    title: output.title,
    summary: output.summary,
    annotations,
    url: details_url,
  } as CheckRun;
  const id = state.nextId();
  state.checks.set(head_sha, [...(state.checks.get(head_sha) ?? []), { id, check }]);
  return { status: 201, data: { id, head_sha, name, status: "completed", conclusion } };
}

function updateCheck({ parts, body }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const kept = [...state.checks.values()].flat().find(({ id }) => id === Number(parts.id));
  if (kept === undefined) return NOT_FOUND;
  const output = body.output as GithubOutput;
  if ((output.annotations?.length ?? 0) > MOST_ANNOTATIONS) return TOO_MANY_ANNOTATIONS;
  const annotations = [...kept.check.annotations, ...(output.annotations ?? []).map(toAnnotation)];
  kept.check = { ...kept.check, title: output.title, summary: output.summary, annotations };
  return { status: 200, data: { id: kept.id } };
}

function toAnnotation({
  path,
  start_line,
  annotation_level,
  title,
  message,
}: Readonly<Record<string, unknown>>): Annotation {
  return { path, line: start_line, level: annotation_level, title, message } as Annotation;
}

function readPermission({ parts }: GithubRequest, { state }: GithubContext): GithubAnswer {
  const login = decodeURIComponent(parts.login ?? "");
  const permission = state.permissions.get(login);
  if (permission === undefined) return { status: 404, data: { message: `${login} is not a user` } };
  return { status: 200, data: { permission, role_name: permission, user: toUser(login) } };
}

/** What GitHub says of everything that it does not have or does not show. */
export const NOT_FOUND = { status: 404, data: { message: "Not Found" } } as const;
const FORBIDDEN_CHECK = { status: 403, data: { message: "Resource not accessible by personal access token" } } as const;
const TOO_MANY_ANNOTATIONS = {
  status: 422,
  data: { message: "Invalid request.\n\nNo more than 50 items are allowed." },
} as const;

function invalid(resource: string, code: string, message?: string): GithubAnswer {
  const error = { resource, code, ...(message === undefined ? {} : { message }) };
  return { status: 422, data: { message: "Validation Failed", errors: [error] } };
}
