import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { equalsInConstantTime } from "./equals-in-constant-time.ts";
import type { Caller, KnownToken, Tokens } from "./tokens.ts";

/** Someone who signed in on the page. */
export interface Session {
  readonly caller: Caller;
  /** What every form of this session has to carry. */
  readonly form_token: string;
}

/**
 * Sessions of the page. They are kept by the browser alone, signed with a key that is derived from the token that opened them:
 * every replica reads them, and they end when they expire, when the token is changed and when it is taken out.
 */
export interface Sessions {
  /** The cookie's value for a token. */
  open(token: KnownToken): string;
  /** Null for a cookie that is damaged, forged, expired, or of a token that is gone. */
  read(cookie: string): Promise<Session | null>;
}

interface Claim {
  readonly name: string;
  readonly expires: number;
}

/** Sessions that last `session_ms`. */
export function createSessions(
  tokens: Tokens,
  { now, session_ms }: { readonly now: () => Date; readonly session_ms: number },
): Sessions {
  return {
    open(token) {
      const claim = {
        name: token.name,
        expires: now().getTime() + session_ms,
        id: randomBytes(12).toString("base64url"),
      };
      const payload = Buffer.from(JSON.stringify(claim)).toString("base64url");
      return `${payload}.${sign(token, "session", payload)}`;
    },
    async read(cookie) {
      const [payload = "", signature = ""] = cookie.split(".");
      const claim = parseClaim(payload);
      const token = claim === null ? null : await tokens.named(claim.name);
      if (claim === null || token === null) return null;
      if (!equalsInConstantTime(sign(token, "session", payload), signature)) return null;
      if (claim.expires <= now().getTime()) return null;
      return { caller: { name: token.name, role: token.role }, form_token: sign(token, "form", payload) };
    },
  };
}

function sign({ secret }: KnownToken, purpose: string, payload: string): string {
  const key = Buffer.from(hkdfSync("sha256", secret, "poolkeeper", purpose, 32));
  return createHmac("sha256", key).update(payload).digest("base64url");
}

function parseClaim(payload: string): Claim | null {
  try {
    const claim: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return isClaim(claim) ? claim : null;
  } catch {
    // Not JSON: whatever it is, it is not one of our cookies.
    return null;
  }
}

function isClaim(value: unknown): value is Claim {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "expires" in value &&
    typeof value.expires === "number"
  );
}
