import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../../../systems/http/is-loopback.ts";
import { type PageOptions, readContext, requireForm, requireOwnOrigin, requireSender } from "./page-access.ts";
import { renderSignIn } from "./render-sign-in.ts";

/**
 * `/sign-in` takes a token and gives a session; `/sign-out` ends it on every replica, and with `everywhere` all sessions of the
 * token that opened it.
 */
export function registerSignIn(scope: FastifyInstance, options: PageOptions): void {
  const { checkToken, sessions, identify, limits, isSecure } = options;
  const cookie = { path: "/", httpOnly: true, sameSite: "strict", secure: isSecure } as const;
  scope.get("/sign-in", { config: OPEN }, async (request, reply) => {
    const { to } = request.query as { readonly to?: unknown };
    const asked = { to: ownPath(to), problem: null, better: findBetterName(request, options) };
    const page = renderSignIn(await readContext(request, options), asked);
    return reply.type("text/html; charset=utf-8").send(page);
  });

  scope.post(
    "/sign-in",
    {
      config: OPEN,
      bodyLimit: SIGN_IN_BYTES,
      // Before anything is read or counted: a cross-site form must not use up its victim's attempts.
      onRequest: async (request) => requireOwnOrigin(request, options.http),
    },
    async (request, reply) => {
      const { token, to } = (request.body ?? {}) as { readonly token?: unknown; readonly to?: unknown };
      const known = typeof token === "string" ? await checkToken(request, token.trim(), "form") : null;
      if (known === null) {
        const context = await readContext(request, options);
        const asked = { to: ownPath(to), problem: "Unknown token.", better: findBetterName(request, options) };
        const page = renderSignIn(context, asked);
        return reply.code(401).type("text/html; charset=utf-8").send(page);
      }
      const maxAge = Math.floor(limits.session_ms / 1000);
      reply.setCookie(identify.cookie, await sessions.open(known), { ...cookie, maxAge });
      return reply.redirect(ownPath(to), 303);
    },
  );

  const fromSender = { onRequest: async (request: FastifyRequest) => void (await requireSender(request, options)) };
  scope.post("/sign-out", fromSender, async (request, reply) => {
    const session = await requireForm(request, options, "read");
    const { everywhere } = request.body as { readonly everywhere?: unknown };
    await (everywhere === "yes" ? sessions.endAll(session) : sessions.end(session));
    reply.clearCookie(identify.cookie, cookie);
    return reply.redirect("/", 303);
  });
}

/** A token, and where to go then. */
const SIGN_IN_BYTES = 8 * 1024;

/** Sign-in has its own rate limit, so that other requests can't keep a user from signing in. */
const OPEN = { rateLimit: false } as const;

/**
 * This server under a name of its own, where it was asked by one that all servers of this machine have; else null. A browser sends a
 * session to every port of a host.
 */
function findBetterName({ headers: { host = "" } }: FastifyRequest, { isSecure }: PageOptions): string | null {
  const asked = isSecure ? null : URL.parse(`http://${host}`);
  if (asked === null || !isLoopback(asked.hostname) || asked.hostname.endsWith(".localhost")) return null;
  return `poolkeeper.localhost${asked.port === "" ? "" : `:${asked.port}`}`;
}

/** A path of this server, for any requested one: no open redirect. */
function ownPath(to: unknown): string {
  if (typeof to !== "string" || !to.startsWith("/")) return "/";
  const here = "http://poolkeeper.invalid";
  const url = URL.parse(to, here);
  if (url === null || url.origin !== here) return "/";
  // Two leading slashes would name another host; `/..//host` normalizes to that too.
  return `${url.pathname.replace(/^\/+/, "/")}${url.search}`;
}
