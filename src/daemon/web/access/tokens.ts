import type { FastifyBaseLogger } from "fastify";
import type { HttpConfig, Role, TokenConfig } from "../../../model/daemon/daemon-config.ts";
import { equalsInConstantTime } from "./equals-in-constant-time.ts";
import type { ReadSecret } from "./web-options.ts";

/** Who a token stands for. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** A token of the configuration with its text. */
export interface KnownToken extends Caller {
  readonly secret: string;
  /** Whether it is too long for any number of tries to find it, if it is random. */
  readonly is_long: boolean;
}

/** The configured tokens. */
export interface Tokens {
  /** Whose token this is, or null. Every token is compared, so that the time shows nothing. */
  find(presented: string): Promise<KnownToken | null>;
  /** The token of a name, as it is now; null where it is gone. */
  named(name: string): Promise<KnownToken | null>;
}

/** A shorter token would be guessed: it counts as none. */
const SHORTEST_TOKEN = 16;

/** 24 random hexadecimal digits are 96 bits: no rate of requests finds them. */
const LONG_TOKEN = 24;
/** Fewer different characters are no random token of that length. */
const DIFFERENT_CHARACTERS = 10;

/** The tokens of the configuration; a secret that can't be read grants no access, and is logged once until it is read again. */
export function createTokens(
  { tokens }: Pick<HttpConfig, "tokens">,
  { readSecret, log }: { readonly readSecret: ReadSecret; readonly log: FastifyBaseLogger },
): Tokens {
  /** Why each was rejected last: anyone may have all of them read, as often as they like, and that is logged once. */
  const rejected = new Map<string, string>();
  const reject = (name: string, reason: string, error?: unknown) => {
    if (rejected.get(name) === reason) return;
    rejected.set(name, reason);
    log.warn({ token_name: name, ...(error !== undefined && { err: error }) }, reason);
  };
  const read = async ({ name, role, secret }: TokenConfig): Promise<KnownToken | null> => {
    try {
      const text = (await readSecret(secret)).trim();
      if (text.length >= SHORTEST_TOKEN) {
        rejected.delete(name);
        return { name, role, secret: text, is_long: isLong(text) };
      }
      reject(name, `token is shorter than ${SHORTEST_TOKEN} characters and is rejected`);
    } catch (error) {
      reject(name, "token can't be read and is rejected", error);
    }
    return null;
  };
  return {
    async find(presented) {
      const known = await Promise.all(tokens.map(read));
      const matching = known.filter((token) => token !== null && equalsInConstantTime(token.secret, presented));
      return matching[0] ?? null;
    },
    async named(name) {
      const token = tokens.find((candidate) => candidate.name === name);
      return token === undefined ? null : read(token);
    },
  };
}

function isLong(token: string): boolean {
  return token.length >= LONG_TOKEN && new Set(token).size >= DIFFERENT_CHARACTERS;
}
