import { createHash, createHmac, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ForgeEvent, ForgeServer, ForgeServerOptions } from "./forge-server.ts";
import { GITHUB_ROUTES, type GithubAnswer, listActivity, NOT_FOUND } from "./github-routes.ts";
import { toDelivery } from "./github-shapes.ts";
import { type GithubAccount, GithubTokens } from "./github-tokens.ts";
import { ForgeState } from "./keep-forge-state.ts";
import { type Trouble, Troubles } from "./take-trouble.ts";

/** What GitHub's server may be started with besides. */
export interface GithubServerOptions extends ForgeServerOptions {
  /** How many calls are left of the hour's 5,000, as each answer says. Default 4,999. */
  readonly left?: () => number;
  /** Whose the token is: a person's (default), or a workflow's run, which may have check runs and may not ask who it is. */
  readonly tokenOf?: "person" | "actions";
  /** An App that is installed; `publicKey` (PEM) tells its signatures. */
  readonly app?: GithubApp;
  /** Permissions that the token was not given, as GitHub names them: `statuses=write`. */
  readonly lacking?: readonly string[];
}

/** An App of GitHub with one installation. */
export interface GithubApp {
  readonly id: number;
  readonly installation: number;
  readonly slug: string;
  readonly publicKey: string;
}

/** GitHub's server, which has an App beside the token. */
export interface GithubServer extends ForgeServer {
  /** The tokens that the installation was given so far, oldest first. */
  installationTokens(): readonly string[];
  /** How many answers said that nothing has changed (304). */
  unchanged(): number;
  /** Takes those back; the App may get new ones. */
  revokeInstallationTokens(): void;
}

const BASE = "/api/v3";
const QUOTA = 5000;

/**
 * Starts a GitHub Enterprise Server on loopback, as far as a reconciler uses its REST API (after its documentation, version
 * 2022-11-28): pages with Link headers, ETags, limits on comments, statuses and annotations, both rate limits, tokens and Apps.
 */
export async function startGithubServer(options: GithubServerOptions = {}): Promise<GithubServer> {
  const repository = options.repository ?? "acme/pools";
  const state = new ForgeState();
  const troubles = new Troubles();
  const tokens = new GithubTokens(options);
  const calls: { method: string; path: string }[] = [];
  const unknown: string[] = [];
  let unchanged = 0;
  let isTimeHidden = false;
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = `${url}${BASE}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    response.sendDate = false;
    const method = request.method ?? "GET";
    const path = (request.url ?? "").replace(BASE, "");
    calls.push({ method, path });
    const trouble = troubles.take(`${method} ${path}`);
    if (trouble !== undefined && (await interfere(trouble, request, response))) return;
    const answer = route(method, new URL(path, url), body, request.headers.authorization ?? "");
    if (trouble?.kind === "cut_after") request.socket.destroy();
    else if (trouble?.kind === "hold" && trouble.hold.answer) await trouble.hold.wait(response);
    if (!isTimeHidden && !response.headersSent) response.setHeader("date", state.time().toUTCString());
    if (!request.socket.destroyed && send(request, response, answer, options.left?.() ?? QUOTA - 1) === 304)
      unchanged += 1;
  }

  function route(method: string, url: URL, body: Readonly<Record<string, unknown>>, authorization: string): Answer {
    const own = tokens.serve(method, url.pathname, authorization);
    if (own !== null) return own;
    const caller = tokens.find(authorization);
    if (caller === null) return { status: 401, data: { message: "Bad credentials" } };
    if (method === "GET" && url.pathname === "/user") return showUser(caller);
    if (method === "GET" && url.pathname === `/repos/${repository}`) {
      const admin = state.permissions.get(tokens.self) === "admin";
      const scopes = caller.kind === "integration" ? {} : { "x-oauth-scopes": admin ? "repo, admin:org" : "repo" };
      const data = { id: 1, full_name: repository, permissions: { admin, push: true, pull: true } };
      return { status: 200, data, headers: scopes };
    }
    if (method === "POST" && url.pathname === "/api/graphql")
      return answerGraphql(state, caller, body, options.lacking);
    const pageLimit = options.pageLimit ?? 100;
    const cutList = (answer: GithubAnswer) => ("list" in answer ? cutPage(answer.list, url, api, pageLimit) : answer);
    const context = { state, repository, api, pageLimit };
    const [, fork] = /^\/repos\/([^/]+\/[^/]+)\/activity$/.exec(url.pathname) ?? [];
    const isFork = fork !== undefined && [...state.requests.values()].some((request) => request.fork === fork);
    if (method === "GET" && isFork) return cutList(listActivity(url.searchParams, fork, context));
    const prefix = `/repos/${repository}`;
    const isHere = url.pathname.startsWith(`${prefix}/`);
    const inside = url.pathname.slice(prefix.length);
    const found = GITHUB_ROUTES.find((entry) => entry.method === method && entry.pattern.test(inside));
    if (isHere && found === undefined) unknown.push(`${method} ${url.pathname}`);
    if (!isHere || found === undefined) return NOT_FOUND;
    const lacking = found.needs.split("; ").some((need) => options.lacking?.includes(need));
    if (lacking) return refuse(caller, found.needs);
    const parts = found.pattern.exec(inside)?.groups ?? {};
    return cutList(found.serve({ parts, query: url.searchParams, body, caller }, context));
  }

  return {
    kind: "github",
    url,
    repository,
    token: tokens.token,
    self: tokens.self,
    installationTokens: () => tokens.issued,
    unchanged: () => unchanged,
    revokeInstallationTokens: () => tokens.revokeIssued(),
    openRequest: (request) => state.openRequest(request),
    changeRequest: (number, change) => state.changeRequest(number, change),
    merge: (number, by, commit) => state.merge(number, by, commit),
    enqueue: (number, by) => state.enqueue(number, by),
    // The branch that its commit was on is all that GitHub shows of a queue.
    dequeue: () => undefined,
    leaveMerge: (number, by, left) => state.leaveMerge(number, by, left),
    comment: (number, author, body) => state.comment(number, author, body).id,
    editComment: (_number, id, body, edit) => state.editComment(id, body, edit),
    deleteComment: (_number, id) => state.deleteComment(id),
    allow: (login, permission) => state.permissions.set(login, permission),
    promote: () => {
      state.permissions.set(tokens.self, "admin");
      tokens.promote();
    },
    onStatus: (listen) => void state.listeners.push(listen),
    requests: () => [...state.requests.values()],
    comments: (number) => state.commentsOf(number),
    statuses: (sha) => state.statuses.get(sha) ?? [],
    postStatus: (sha, status, by) => state.setStatus(sha, status, by),
    checks: (sha) => (state.checks.get(sha) ?? []).map(({ check }) => check),
    reactions: (_number, comment) => state.findComment(comment).reactions,
    fault: (fault, which) => troubles.add(fault, which),
    hold: (which) => troubles.hold(which),
    heal: () => troubles.clear(),
    limit: (seconds, which) => troubles.add({ kind: "limit", seconds, burst: which?.kind === "burst" }, which),
    advance: (milliseconds) => state.advance(milliseconds),
    hideTime: () => {
      isTimeHidden = true;
    },
    revoke: () => tokens.revoke(),
    calls: () => calls,
    unknown: () => unknown,
    deliver: (target, secret, event) => deliver(target, secret, event, toDelivery(event, state, repository, api)),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** The one query that is made, of a comment. What the token may not see is an error beside an answer of status 200. */
function answerGraphql(
  state: ForgeState,
  { kind }: GithubAccount,
  body: Readonly<Record<string, unknown>>,
  lacking: readonly string[] = [],
): Answer {
  const { id = "" } = (body.variables ?? {}) as { readonly id?: string };
  const comment = state.comments.get(id.replace(/^IC_/, ""));
  if (comment === undefined || lacking.includes("graphql")) {
    const by = kind === "integration" ? "integration" : "personal access token";
    const message = `Resource not accessible by ${by}`;
    return { status: 200, data: { data: { node: null }, errors: [{ type: "FORBIDDEN", message }] } };
  }
  const { edited } = comment;
  const [login, isBot] = [edited?.by.replace(/\[bot\]$/, ""), edited?.by.endsWith("[bot]")];
  const editor = edited === null ? null : { __typename: isBot ? "Bot" : "User", login };
  return { status: 200, data: { data: { node: { lastEditedAt: edited?.at ?? null, editor } } } };
}

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function showUser({ kind, login }: GithubAccount): Answer {
  if (kind === "integration") return refuse({ kind, login }, "");
  return { status: 200, data: { login, id: 1, type: "User" } };
}

function refuse({ kind }: GithubAccount, needs: string): Answer {
  const by = kind === "integration" ? "integration" : "personal access token";
  const headers = { "x-accepted-github-permissions": needs };
  return { status: 403, data: { message: `Resource not accessible by ${by}` }, headers };
}

function cutPage(list: readonly unknown[], url: URL, api: string, limit: number): Answer {
  const asked = Number(url.searchParams.get("per_page") ?? 30);
  const size = Math.min(asked, limit);
  const page = Number(url.searchParams.get("page") ?? 1);
  const last = Math.ceil(list.length / size);
  const link = (rel: string, to: number) => {
    const target = new URL(`${api}${url.pathname}${url.search}`);
    target.searchParams.set("page", String(to));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = page < last ? [link("next", page + 1), link("last", last)] : [];
  const headers = links.length === 0 ? {} : { link: links.join(", ") };
  return { status: 200, data: list.slice((page - 1) * size, page * size), headers };
}

/** True: that was the answer. */
async function interfere(trouble: Trouble, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  switch (trouble.kind) {
    case "status":
      send(request, response, { status: trouble.status, data: { message: `Server Error ${trouble.status}` } });
      return true;
    case "cut_before":
      request.socket.destroy();
      return true;
    case "garbage":
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html><body>Sign in</body></html>");
      return true;
    case "limit":
      send(request, response, limited(trouble));
      return true;
    case "hold":
      return !trouble.hold.answer && !(await trouble.hold.wait(response));
    case "cut_after":
      return false;
  }
}

function limited({ seconds, burst }: { readonly seconds: number; readonly burst: boolean }): Answer {
  if (burst) {
    const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    return { status: 403, data: { message }, headers: { "retry-after": String(seconds) } };
  }
  const reset = String(Math.floor(Date.now() / 1000) + seconds);
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
  return { status: 403, data: { message: "API rate limit exceeded for user ID 1." }, headers };
}

/** Gives the status that was answered. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, data, headers }: Answer,
  left = QUOTA - 1,
): number {
  const text = JSON.stringify(data);
  const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
  const isSame = request.method === "GET" && status === 200 && request.headers["if-none-match"] === etag;
  const common = {
    "x-ratelimit-limit": String(QUOTA),
    "x-ratelimit-remaining": String(left),
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3600),
    etag,
    ...headers,
  };
  if (isSame) response.writeHead(304, common).end();
  else response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...common }).end(text);
  return response.statusCode;
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}

async function deliver(
  target: string,
  secret: string,
  { id }: ForgeEvent,
  { name, payload }: { readonly name: string; readonly payload: unknown },
): Promise<number> {
  const body = JSON.stringify(payload);
  const response = await fetch(target, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/044aadd",
      "x-github-event": name,
      "x-github-delivery": id ?? randomUUID(),
      "x-github-hook-id": "1",
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
