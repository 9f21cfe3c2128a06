import type { Secret } from "../http/secret.ts";
import type { TokenSource } from "./token-source.ts";

/** The one token that was given; there is no other when it is refused. */
export function createStaticToken(token: Secret): TokenSource {
  return { get: async () => token.reveal(), renew: async () => false, secrets: () => [{ secret: token.reveal() }] };
}
