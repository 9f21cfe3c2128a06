import type { Credential } from "../http/list-credential-forms.ts";
import type { Secret } from "../http/secret.ts";

/** Where bearer tokens come from. Its errors are OperationalErrors. */
export interface TokenSource {
  /** A token that is good for now; calls at the same time share one request. */
  get(): Promise<string>;
  /** After the server refused a token: gets another one. False when no other is available. */
  renew(refused: string): Promise<boolean>;
  /** Everything secret that it holds now, and the token before: calls with it may still run. For redaction. */
  secrets(): readonly Credential[];
}

/** A token with its expiry in milliseconds; null: unknown. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number | null;
}

/** A token is renewed a minute before its end; a short-lived one in the last fifth of its life. */
const MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.2;

/** Remembers an issued token until it is about to expire or is refused. `price` is what it is bought with; undefined: nothing is sent. */
export function createTokenCache(
  issue: () => Promise<IssuedToken>,
  now: () => number,
  price: Credential | undefined,
): TokenSource {
  let current: { readonly token: string; readonly renewAtMs: number } | undefined;
  /** The newest token, and the one before. */
  let held: readonly string[] = [];
  let running: Promise<string> | undefined;
  const fetchToken = async () => {
    const { token, expiresAtMs } = await issue();
    const lifeMs = expiresAtMs === null ? Number.POSITIVE_INFINITY : expiresAtMs - now();
    held = [token, ...held.filter((one) => one !== token)].slice(0, 2);
    current = { token, renewAtMs: now() + lifeMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE) };
    return token;
  };
  const fetchOnce = () => {
    running ??= fetchToken().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    get: async () => (current !== undefined && now() < current.renewAtMs ? current.token : fetchOnce()),
    renew: async (refused) => {
      // Another call may have renewed it in between.
      if (current?.token === refused) current = undefined;
      return (current?.token ?? (await fetchOnce())) !== refused;
    },
    secrets: () => [...(price === undefined ? [] : [price]), ...held.map((secret) => ({ secret }))],
  };
}

/** The one token that was given; there is no other when it is refused. */
export function createStaticToken(token: Secret): TokenSource {
  return { get: async () => token.reveal(), renew: async () => false, secrets: () => [{ secret: token.reveal() }] };
}
