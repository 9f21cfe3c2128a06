import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import cookie from "@fastify/cookie";
import helmet, { type FastifyHelmetOptions } from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { fastifySSE } from "@fastify/sse";
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import type { DaemonService } from "../../model/daemon/daemon-service.ts";
import { createHostCheck } from "./access/create-host-check.ts";
import { createTokenCheck } from "./access/create-token-check.ts";
import { createIdentify, type Identify } from "./access/identify.ts";
import { nameCaller } from "./access/read-client-address.ts";
import { createSessions } from "./access/sessions.ts";
import { createTokens } from "./access/tokens.ts";
import { DEFAULT_LIMITS, type WebLimits, type WebOptions } from "./access/web-options.ts";
import { describeError, isInternal, toErrorBody } from "./answers/describe-error.ts";
import { type PaceReads, paceReads } from "./answers/pace-reads.ts";
import { refuseControls } from "./answers/refuse-controls.ts";
import { WebError } from "./answers/web-error.ts";
import { registerEventRoutes } from "./api/event-routes.ts";
import { registerHealthRoutes } from "./api/health-routes.ts";
import { registerApi } from "./api/register-api.ts";
import { limitAnswers } from "./limit-answers.ts";
import { limitConnections } from "./limit-connections.ts";
import { anonymousContext, type PageOptions, readContext } from "./page/page-access.ts";
import { registerPages } from "./page/page-routes.ts";
import { renderProblem } from "./page/render-problem.ts";
import { registerWebhookRoutes } from "./webhooks/webhook-routes.ts";

/**
 * The daemon's HTTP server, not listening yet: API, webhooks, events, health, metrics and page, all over one service. Closing it
 * ends streams of events first.
 */
export function createServer(service: DaemonService, options: WebOptions): FastifyInstance {
  const { http, metrics, log, readSecret, now = () => new Date() } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = createApp(options, limits);
  const isSecure = http.public_url?.startsWith("https://") === true;
  const tokens = createTokens(http, { readSecret, log });
  const sessions = createSessions(tokens, { service, now, session_ms: limits.session_ms });
  const name = isSecure ? "__Host-poolkeeper_session" : "poolkeeper_session";
  const checkToken = createTokenCheck(app, { tokens, metrics, per_minute: limits.wrong_tokens_per_minute });
  const identify = createIdentify({ tokens, sessions, checkToken, read: http.read, cookie: name });
  const hosts = createHostCheck(http);

  app.decorateRequest("actor", null);
  app.decorateRequest("reader", null);
  const pace = createPace(app);
  const pages = { http, identify, checkToken, sessions, pace, now, limits, isSecure, version: service.version };
  app.setErrorHandler<FastifyError>((error, request, reply) => refuse(error, { request, reply, pages }));
  app.setNotFoundHandler((request, reply) =>
    refuse(new WebError("not_found", "Not found."), { request, reply, pages }),
  );
  measureRequests(app, options);
  // Once it is known who asks. What a webhook brings is not kept as it is.
  app.addHook("preHandler", async (request) => {
    if (!request.url.startsWith("/webhooks/")) refuseControls(request);
  });
  limitAnswers(app, limits);
  limitConnections(app.server, limits.connections);
  app.register(helmet, securityHeaders(isSecure));
  app.register(cookie);
  app.register(rateLimit, { global: false, timeWindow: "1 minute", skipOnError: false });
  app.register(fastifySSE, { heartbeatInterval: limits.heartbeat_ms });
  app.after(() => {
    app.addHook("onRequest", async (request) => {
      if (request.routeOptions.config.anyHost !== true) hosts.require(request);
    });
    app.addHook("onRequest", limitRequests(app, identify, http.requests_per_minute));
    // Before an unwanted body is read.
    app.addHook("onRequest", async ({ is404 }) => {
      if (is404) throw new WebError("not_found", "Not found.");
    });
  });
  app.register(async (scope) => {
    registerHealthRoutes(scope, service, { identify, hosts, metrics });
    registerApi(scope, service, { identify, now, pace });
    registerEventRoutes(scope, service, { identify, sessions, metrics, limits });
    registerWebhookRoutes(scope, service, { metrics, now, limits });
    registerPages(scope, service, pages);
  });
  return app;
}

function createApp({ log, http: { trusted_proxies } }: WebOptions, limits: WebLimits): FastifyInstance {
  return fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // What goes wrong before there is a route: addresses that can't be decoded.
    frameworkErrors: refuseAddress,
    trustProxy: trusted_proxies.length === 0 ? false : [...trusted_proxies],
    bodyLimit: limits.body_bytes,
    requestTimeout: limits.request_ms,
    connectionTimeout: limits.idle_ms,
    forceCloseConnections: "idle",
    http: {
      headersTimeout: limits.headers_ms,
      connectionsCheckingInterval: limits.check_ms,
      maxHeaderSize: limits.header_bytes,
    },
  });
}

/** One for pages and the API. By the time of the thread, as waiting for a store far away takes nothing from others; no rest delays the end. */
function createPace(app: FastifyInstance): PaceReads {
  const ending = new AbortController();
  app.addHook("preClose", async () => ending.abort());
  return paceReads({
    now: () => performance.now(),
    spent: () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    },
    rest: (ms) => wait(ms, undefined, { signal: ending.signal, ref: false }).catch(() => undefined),
  });
}

function refuseAddress(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(400).send(toErrorBody(new WebError("invalid", "The URL is malformed."), request.id));
}

/**
 * Once for all routes, before any of them acts. Requests with a token or a session count for it (and the address), so that callers without
 * one can't lock out others; all others count for their address.
 */
function limitRequests(app: FastifyInstance, identify: Identify, max: number) {
  const keyGenerator = async (request: FastifyRequest) => nameCaller(request, await identify.countedAs(request));
  const limit = app.rateLimit({ max, keyGenerator });
  return async function limitRequest(this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
    if (request.routeOptions.config.rateLimit !== false) await limit.call(this, request, reply);
  };
}

/** Logs each request by its route: a raw URL may hold anything. */
function measureRequests(app: FastifyInstance, { metrics, log }: WebOptions): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    // What is shown changes by the minute and with who looks; files that may be kept say so themselves.
    reply.header("cache-control", "no-store");
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    const [method, status] = [request.method, reply.statusCode];
    metrics.requestEnded(method, route, status, reply.elapsedTime / 1000);
    log.debug({ request_id: request.id, method, route, status, ms: Math.round(reply.elapsedTime) }, "request");
  });
}

/** Refuses a request in the form that its sender reads: a page for browsers, JSON for everyone else. */
async function refuse(
  error: FastifyError | Error,
  {
    request,
    reply,
    pages,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly pages: PageOptions },
): Promise<FastifyReply> {
  const refusal = describeError(error, { mayRead: await isReader(request, pages) });
  // Our own word for what is missing for a time is logged where that is noticed, and not with each request.
  const isLogged = error instanceof WebError && error.code === "unavailable";
  if (isInternal(refusal) && !isLogged) request.log.error({ err: error, request_id: request.id }, "request failed");
  // What was not read yet is not waited for.
  if (!request.raw.complete) reply.header("connection", "close");
  if (refusal.retry_after !== null) reply.header("retry-after", refusal.retry_after);
  if (refusal.code !== "misdirected" && isForBrowser(request))
    return refuseWithPage(refusal, { request, reply, pages });
  if (refusal.code === "unauthorized") reply.header("www-authenticate", 'Bearer realm="poolkeeper"');
  return reply
    .code(refusal.statusCode)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(toErrorBody(refusal, request.id)));
}

/** Without asking the store, which may be what failed. */
async function isReader(request: FastifyRequest, { http, identify }: PageOptions): Promise<boolean> {
  return http.read === "open" || (await identify.countedAs(request).catch(() => null)) !== null;
}

function isForBrowser({ headers, url }: FastifyRequest): boolean {
  return headers.accept?.includes("text/html") === true && !/^\/(api|webhooks|assets)\//.test(url);
}

async function refuseWithPage(
  refusal: WebError,
  {
    request,
    reply,
    pages,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly pages: PageOptions },
): Promise<FastifyReply> {
  if (refusal.code === "unauthorized" && request.method === "GET") {
    return reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
  }
  const context = await readContext(request, pages).catch(() => anonymousContext(pages));
  const page = renderProblem(context, refusal, request.id);
  return reply.code(refusal.statusCode).type("text/html; charset=utf-8").send(page);
}

/** Scripts and styles come from our own files alone, and no site may frame the page. */
function securityHeaders(isSecure: boolean): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // With `no-referrer` browsers would send forms without their origin.
    referrerPolicy: { policy: "same-origin" },
    xFrameOptions: { action: "deny" },
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000 } : false,
  };
}
