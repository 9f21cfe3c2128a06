import type { FastifyInstance, FastifyRequest } from "fastify";
import { WebError } from "../answers/web-error.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { readClientAddress } from "./read-client-address.ts";
import type { KnownToken, Tokens } from "./tokens.ts";

/**
 * The owner of the token in a request; null for a wrong one. Throws `rate_limited` for a wrong one from an address that has sent too many,
 * and for a right one that is short: then only the limit keeps it from being guessed. A right one that is long is always accepted,
 * independent of other attempts from that address.
 */
export type CheckToken = (
  request: FastifyRequest,
  presented: string,
  way: "header" | "form",
) => Promise<KnownToken | null>;

/** Counts wrong tokens by address (of IPv6, by network); the rate limiter has to be registered. Right ones count for nothing. */
export function createTokenCheck(
  app: FastifyInstance,
  { tokens, metrics, per_minute }: { readonly tokens: Tokens; readonly metrics: Metrics; readonly per_minute: number },
): CheckToken {
  // Made at the first request: plugins are loaded by then.
  let countFailures: ReturnType<FastifyInstance["createRateLimit"]> | undefined;
  return async (request, presented, way) => {
    countFailures ??= app.createRateLimit({ max: per_minute, timeWindow: "1 minute", keyGenerator: readClientAddress });
    const token = await tokens.find(presented);
    if (token === null) metrics.tokenRefused(way);
    if (token?.is_long === true) return token;
    const failures = await countFailures(request, { increment: token === null });
    if (failures.isAllowed || !failures.isExceeded) return token;
    const message = "Too many wrong tokens came from this address; wait a minute.";
    throw new WebError("rate_limited", message, failures.ttlInSeconds);
  };
}
