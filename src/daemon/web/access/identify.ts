import type { FastifyRequest } from "fastify";
import type { Role } from "../../../model/daemon/daemon-config.ts";
import { WebError } from "../answers/web-error.ts";
import type { CheckToken } from "./create-token-check.ts";
import { hasRole } from "./has-role.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Caller, Tokens } from "./tokens.ts";

/** Who sends requests. */
export interface Identify {
  /** By `Authorization: Bearer`; null without that header. Throws `unauthorized` for an unknown token, and as {@link CheckToken}. */
  byToken(request: FastifyRequest): Promise<Caller | null>;
  /** By the page's cookie; null without one that holds. The store is asked once for each request. */
  bySession(request: FastifyRequest): Promise<Session | null>;
  /**
   * Whose requests are counted together: the token, or the token of a cookie that was signed here, whether or not its session
   * was ended, so that no store is asked; null for everybody else. Throws as {@link byToken}.
   */
  countedAs(request: FastifyRequest): Promise<string | null>;
  /** Throws where the request may not read: where reading takes a token, a token or the page's cookie has to be there. */
  requireReader(request: FastifyRequest): Promise<Caller | null>;
  /** Whether a request that was let in would be let in now: rights may end while a stream is open. */
  mayStillRead(request: FastifyRequest): Promise<boolean>;
  /** Throws where no token allows this; a cookie never does, so that no other site can make a browser ask. */
  requireRole(request: FastifyRequest, role: Role): Promise<Caller>;
  readonly cookie: string;
}

/** What callers are identified with. */
export interface IdentifyOptions {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly checkToken: CheckToken;
  /** Whether reading takes a token. */
  readonly read: "open" | "token";
  readonly cookie: string;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Identifies by tokens and sessions, once for each request. */
export function createIdentify({ tokens, sessions, checkToken, read, cookie }: IdentifyOptions): Identify {
  const readBearer = ({ headers: { authorization } }: FastifyRequest) =>
    authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? "");
  const byToken = once(async (request): Promise<Caller | null> => {
    const presented = readBearer(request);
    if (presented === null) return null;
    const token = await checkToken(request, presented, "header");
    if (token !== null) return { name: token.name, role: token.role };
    throw new WebError("unauthorized", "Unknown token. Send a valid one as `Authorization: Bearer TOKEN`.");
  });
  const readSession = async ({ cookies }: FastifyRequest) => {
    const value = cookies[cookie];
    return value === undefined ? null : sessions.read(value);
  };
  const bySession = once(readSession);
  return {
    cookie,
    byToken,
    bySession,
    async countedAs(request) {
      const caller = await byToken(request);
      const value = request.cookies[cookie];
      if (caller !== null || value === undefined) return caller?.name ?? null;
      return (await sessions.verify(value))?.caller.name ?? null;
    },
    async requireReader(request) {
      const caller = (await byToken(request)) ?? (await bySession(request))?.caller ?? null;
      if (caller === null && read === "token") throw new WebError("unauthorized", "Reading needs a token.");
      return caller;
    },
    async mayStillRead(request) {
      const presented = readBearer(request);
      if (presented !== null) return (await tokens.find(presented)) !== null;
      return read === "open" || (await readSession(request)) !== null;
    },
    async requireRole(request, role) {
      const caller = await byToken(request);
      if (caller === null) throw new WebError("unauthorized", "This needs a token: `Authorization: Bearer TOKEN`.");
      if (hasRole(caller, role)) return caller;
      throw new WebError("not_allowed", `This needs a token with the role ${role}; this one has ${caller.role}.`);
    },
  };
}

/** Asks once for each request: a wrong token is one attempt, even where a route asks several times. */
function once<T>(ask: (request: FastifyRequest) => Promise<T>): (request: FastifyRequest) => Promise<T> {
  const known = new WeakMap<FastifyRequest, Promise<T>>();
  return (request) => {
    const answer = known.get(request) ?? ask(request);
    known.set(request, answer);
    return answer;
  };
}
