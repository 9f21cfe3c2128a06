import { sign } from "node:crypto";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ForgeAccess } from "./forge.ts";

/** Who calls are made as; each gives the value of an `authorization` header. */
export interface GithubAuthentication {
  /** For the repository: the token, or one of the App's installation that is good for some minutes yet. `asApp`: as the App itself; throws for a token. */
  authorize(asApp: boolean): Promise<string>;
  /** The installation's token was refused: the next call fetches another. False: there was none to forget. */
  forget(): boolean;
}

/** What GitHub gives for an App's signature. */
export interface InstallationToken {
  readonly token: string;
  /** ISO 8601. */
  readonly expires_at: string;
}

/** Asks for a token of the installation, as the App. */
export type FetchInstallationToken = () => Promise<InstallationToken>;

/** A token is not used any more so long before its end: a call may wait in a queue. GitHub gives them for an hour. */
const MARGIN_MS = 5 * 60_000;

/**
 * Authenticates by a token or as an App. The token and the App's key are read again at each use. Installation tokens are cached here until
 * shortly before they expire.
 */
export function createGithubAuthentication(
  access: ForgeAccess,
  fetchToken: FetchInstallationToken,
  now: () => number = Date.now,
): GithubAuthentication {
  if (access.kind === "token") {
    return {
      authorize: async (asApp) => {
        if (asApp) throw refuse("A token is not an App.");
        return `token ${readToken(access.token())}`;
      },
      forget: () => false,
    };
  }
  let kept: Promise<InstallationToken> | null = null;
  const renew = (): Promise<InstallationToken> => {
    const renewed = fetchToken();
    kept = renewed;
    // Concurrent callers share this fetch, and its failure; the next one after that tries again.
    renewed.catch(() => {
      if (kept === renewed) kept = null;
    });
    return renewed;
  };
  return {
    authorize: async (asApp) => {
      if (asApp) return `bearer ${signAsApp(access.app_id, access.key(), now())}`;
      const held = kept;
      const token = held === null ? null : await held;
      if (token !== null && Date.parse(token.expires_at) - now() >= MARGIN_MS) return `token ${token.token}`;
      const renewed = await (kept === held || kept === null ? renew() : kept);
      return `token ${renewed.token}`;
    },
    forget: () => {
      const had = kept !== null;
      kept = null;
      return had;
    },
  };
}

function readToken(token: string): string {
  const trimmed = token.trim();
  // What can't stand in a header would fail below HTTP, with words that repeat it.
  if (!/^[\x21-\x7e]+$/.test(trimmed))
    throw refuse("The GitHub token is empty or not a single word. Set it where the configuration reads it from.");
  return trimmed;
}

/** The App's signature for some minutes (RFC 7519), from a minute ago on: its clock may be ahead of GitHub's. */
function signAsApp(appId: number, key: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = { iss: appId, iat: seconds - 60, exp: seconds + SIGNED_SECONDS };
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  try {
    // In a variable, line breaks may be written as two letters.
    return `${text}.${sign("RSA-SHA256", Buffer.from(text), key.replaceAll("\\n", "\n")).toString("base64url")}`;
  } catch (error) {
    const message = `The private key of the GitHub App ${appId} is invalid. Use the whole PEM file that GitHub generated for the App.`;
    throw new OperationalError("forge_refused", message, { next: "stop", cause: error });
  }
}

/** GitHub takes ten minutes at most, by its own clock. */
const SIGNED_SECONDS = 9 * 60;

function refuse(message: string): OperationalError {
  return new OperationalError("forge_refused", message, { next: "stop" });
}
