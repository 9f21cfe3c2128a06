import type { FastifyRequest } from "fastify";
import type { HttpConfig, Role } from "../../../model/daemon/daemon-config.ts";
import type { CheckToken } from "../access/create-token-check.ts";
import { equalsInConstantTime } from "../access/equals-in-constant-time.ts";
import { hasRole } from "../access/has-role.ts";
import type { Identify } from "../access/identify.ts";
import type { Session, Sessions } from "../access/sessions.ts";
import type { WebLimits } from "../access/web-options.ts";
import type { PaceReads } from "../answers/pace-reads.ts";
import { WebError } from "../answers/web-error.ts";
import { ANONYMOUS, type PageContext } from "./page-context.ts";

/** What pages need beside the service. */
export interface PageOptions {
  readonly http: HttpConfig;
  readonly identify: Identify;
  readonly checkToken: CheckToken;
  readonly sessions: Sessions;
  readonly pace: PaceReads;
  readonly now: () => Date;
  readonly limits: WebLimits;
  /** Whether users connect by https: cookies are then restricted to it. */
  readonly isSecure: boolean;
  readonly version: string;
}

/** The context of a page for the caller. */
export async function readContext(request: FastifyRequest, options: PageOptions): Promise<PageContext> {
  const session = await options.identify.bySession(request);
  const viewer = session === null ? ANONYMOUS : { caller: session.caller, form_token: session.form_token };
  return { ...anonymousContext(options), viewer };
}

/** The same for an unknown caller: the store is not asked whether a session has ended. */
export function anonymousContext({ http, now, version }: PageOptions): PageContext {
  return { viewer: ANONYMOUS, can_sign_in: http.tokens.length > 0, now: now(), version };
}

/** The session that sends a form, identified before its body is read: without a session, no body is accepted. */
export async function requireSender(request: FastifyRequest, options: PageOptions): Promise<Session> {
  requireOwnOrigin(request, options.http);
  const session = await options.identify.bySession(request);
  if (session !== null) return session;
  throw new WebError("unauthorized", "Your session has ended. Sign in, and try again.");
}

/**
 * The session that sent a form. Throws unless the form came from our own page (its origin, and the token that was put in it)
 * and the session's role allows it.
 */
export async function requireForm(request: FastifyRequest, options: PageOptions, role: Role): Promise<Session> {
  const session = await requireSender(request, options);
  const { form_token } = (request.body ?? {}) as { readonly form_token?: unknown };
  if (typeof form_token !== "string" || !equalsInConstantTime(session.form_token, form_token)) {
    throw new WebError("not_allowed", "This form does not belong to your session. Reload the page and try again.");
  }
  if (hasRole(session.caller, role)) return session;
  throw new WebError("not_allowed", `This needs a token with the role ${role}; yours has ${session.caller.role}.`);
}

/**
 * Throws unless the browser says that the form stood on a page of ours: of the host that it was sent to (a proxy may have taken
 * off TLS), or of the public address.
 */
export function requireOwnOrigin(request: FastifyRequest, { public_url }: Pick<HttpConfig, "public_url">): void {
  const { origin: from = "", host, "sec-fetch-site": site = "same-origin" } = request.headers;
  const origin = URL.parse(from);
  const isPublic = public_url !== null && origin?.origin === new URL(public_url).origin;
  // What a trusted proxy was asked by is as good: no form can send such a header.
  const isOwn = origin !== null && origin.host !== "" && (origin.host === host || origin.host === request.host);
  if ((isPublic || isOwn) && (site === "same-origin" || site === "none")) return;
  throw new WebError("not_allowed", "This form came from another site. Open this page and try again.");
}
