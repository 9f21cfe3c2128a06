import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { DaemonService } from "../../../model/daemon/daemon-service.ts";
import { equalsInConstantTime } from "./equals-in-constant-time.ts";
import type { Caller, KnownToken, Tokens } from "./tokens.ts";

/** A cookie that this daemon signed for a token that it knows. Whether the session was ended since is another question. */
export interface SignedCookie {
  readonly caller: Caller;
  /** The session's own, drawn when it was opened. */
  readonly id: string;
  /** When it is over by itself, in milliseconds since 1970. */
  readonly expires: number;
}

/** A signed-in user of the page. */
export interface Session extends SignedCookie {
  /** What every form of this session has to carry. */
  readonly form_token: string;
}

/**
 * Sessions of the page. Browsers keep them, signed with a key that is derived from the token that opened them: every replica can read them,
 * and they end when they expire, when the token is changed and when it is removed. Sessions that are ended earlier are on record in the
 * store, which is asked each time: every replica refuses an old cookie immediately.
 */
export interface Sessions {
  /** The cookie's value for a token. */
  open(token: KnownToken): Promise<string>;
  /** Null for a cookie that is damaged, forged, expired, or of a token that is gone. Asks no store. */
  verify(cookie: string): Promise<SignedCookie | null>;
  /** Null where {@link Sessions.verify} says so, and for a session that was ended. */
  read(cookie: string): Promise<Session | null>;
  /** Ends one session. */
  end(session: SignedCookie): Promise<void>;
  /** Ends all sessions that the session's token has opened. */
  endAll(session: SignedCookie): Promise<void>;
  /** Calls back when sessions were ended by this replica. */
  onEnd(listen: () => void): void;
}

interface Claim {
  readonly name: string;
  readonly expires: number;
  readonly id: string;
  /** How often all sessions of the token had been ended; those of an older release have none, which counts as 0. */
  readonly epoch?: number;
}

/** Sessions that last `session_ms`; `service` keeps those that were ended. */
export function createSessions(
  tokens: Tokens,
  {
    service,
    now,
    session_ms,
  }: {
    readonly service: Pick<DaemonService, "sessionState" | "endSession" | "endSessions">;
    readonly now: () => Date;
    readonly session_ms: number;
  },
): Sessions {
  const open = async (cookie: string) => {
    const [payload = "", signature = ""] = cookie.split(".");
    const claim = parseClaim(payload);
    const token = claim === null ? null : await tokens.named(claim.name);
    if (claim === null || token === null) return null;
    if (!equalsInConstantTime(sign(token, "session", payload), signature)) return null;
    if (claim.expires <= now().getTime()) return null;
    const { name, role } = token;
    return { token, claim, payload, signed: { caller: { name, role }, id: claim.id, expires: claim.expires } };
  };
  const listeners: (() => void)[] = [];
  const notifyEnd = () => {
    for (const listen of listeners) listen();
  };
  return {
    async open(token) {
      const id = randomBytes(12).toString("base64url");
      const { epoch } = await service.sessionState(token.name, id);
      const claim: Claim = { name: token.name, expires: now().getTime() + session_ms, id, epoch };
      const payload = Buffer.from(JSON.stringify(claim)).toString("base64url");
      return `${payload}.${sign(token, "session", payload)}`;
    },
    verify: async (cookie) => (await open(cookie))?.signed ?? null,
    async read(cookie) {
      const opened = await open(cookie);
      if (opened === null) return null;
      const { token, claim, payload, signed } = opened;
      // After the signature: an unsigned cookie causes no call to the store.
      const { epoch, ended } = await service.sessionState(token.name, claim.id);
      if (ended || epoch !== (claim.epoch ?? 0)) return null;
      return { ...signed, form_token: sign(token, "form", payload) };
    },
    async end({ id, expires }) {
      await service.endSession(id, new Date(expires).toISOString());
      notifyEnd();
    },
    async endAll({ caller }) {
      await service.endSessions({ ...caller, via: "page" });
      notifyEnd();
    },
    onEnd: (listen) => void listeners.push(listen),
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
    // Not JSON: it is not one of our cookies.
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
    typeof value.expires === "number" &&
    "id" in value &&
    typeof value.id === "string"
  );
}
