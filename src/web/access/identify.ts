import type { FastifyRequest } from "fastify";
import type { Role } from "../../config/daemon-config.ts";
import { WebError } from "../web-error.ts";
import { hasRole } from "./has-role.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Caller, Tokens } from "./tokens.ts";

/** Who sends requests. */
export interface Identify {
  /** By `Authorization: Bearer`; null without that header. Throws `unauthorized` for a token that nobody has. */
  byToken(request: FastifyRequest): Promise<Caller | null>;
  /** By the page's cookie; null without one that holds. The store is asked once for each request. */
  bySession(request: FastifyRequest): Promise<Session | null>;
  /** Throws where the request may not read: where reading takes a token, a token or the page's cookie has to be there. */
  requireReader(request: FastifyRequest): Promise<Caller | null>;
  /** Whether a request that was let in would be let in now: rights may end while a stream is open. Throws as {@link byToken}. */
  mayStillRead(request: FastifyRequest): Promise<boolean>;
  /** Throws where no token allows this; a cookie never does, so that no other site can make a browser ask. */
  requireRole(request: FastifyRequest, role: Role): Promise<Caller>;
  readonly cookie: string;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Identifies by tokens and sessions. `read` says whether reading takes a token. */
export function createIdentify(
  tokens: Tokens,
  sessions: Sessions,
  { read, cookie }: { readonly read: "open" | "token"; readonly cookie: string },
): Identify {
  const byToken = async ({ headers: { authorization } }: FastifyRequest) => {
    if (authorization === undefined) return null;
    const caller = await tokens.find(BEARER.exec(authorization)?.[1] ?? "");
    if (caller !== null) return { name: caller.name, role: caller.role };
    throw new WebError("unauthorized", "Nobody has this token. Send one as `Authorization: Bearer TOKEN`.");
  };
  const readSession = async (request: FastifyRequest) => {
    const value = request.cookies[cookie];
    return value === undefined ? null : sessions.read(value);
  };
  const known = new WeakMap<FastifyRequest, Promise<Session | null>>();
  const bySession = (request: FastifyRequest) => {
    const session = known.get(request) ?? readSession(request);
    known.set(request, session);
    return session;
  };
  const findCaller = async (request: FastifyRequest, session: (request: FastifyRequest) => Promise<Session | null>) =>
    (await byToken(request)) ?? (await session(request))?.caller ?? null;
  return {
    cookie,
    byToken,
    bySession,
    async requireReader(request) {
      const caller = await findCaller(request, bySession);
      if (caller === null && read === "token") throw new WebError("unauthorized", "Reading takes a token here.");
      return caller;
    },
    async mayStillRead(request) {
      return read === "open" || (await findCaller(request, readSession)) !== null;
    },
    async requireRole(request, role) {
      const caller = await byToken(request);
      if (caller === null) throw new WebError("unauthorized", "This takes a token: `Authorization: Bearer TOKEN`.");
      if (hasRole(caller, role)) return caller;
      throw new WebError("not_allowed", `This takes a token with the role ${role}; this one has ${caller.role}.`);
    },
  };
}
