import { createAppAuth } from "@octokit/auth-app";
import { OperationalError } from "../../model/operational-error.ts";
import { rememberSecret } from "../../systems/http/known-secrets.ts";
import type { ForgeAccess } from "./forge.ts";

/** Who calls are made as; each gives the value of an `authorization` header. */
export interface GithubAuthentication {
  /** For the repository: the token, or one of the App's installation that is good for some minutes yet. */
  authorize(): Promise<string>;
  /** As the App itself; throws for a token. */
  authorizeApp(): Promise<string>;
  /** The installation's token was refused: the next call fetches another. False: there was none to forget. */
  forget(): boolean;
}

/** What GitHub gives for an App's signature. */
export interface InstallationToken {
  readonly token: string;
  /** ISO 8601. */
  readonly expires_at: string;
}

/** Asks for a token of the installation, by the App's `authorization`. */
export type FetchInstallationToken = (authorization: string) => Promise<InstallationToken>;

/** A token is not used any more so long before its end: a call may wait in a queue. GitHub gives them for an hour. */
const MARGIN_MS = 5 * 60_000;

/**
 * Authenticates by a token or as an App. The token and the App's key are read anew with each use. Installation tokens are kept here
 * and not by `@octokit/auth-app`, which shares fetches under way by the installation's number alone: two GitHub servers could get
 * each other's.
 */
export function createGithubAuthentication(
  access: ForgeAccess,
  fetchToken: FetchInstallationToken,
): GithubAuthentication {
  if (access.kind === "token") {
    return {
      authorize: async () => `token ${readToken(access.token())}`,
      authorizeApp: async () => {
        throw refuse("A token is no App.");
      },
      forget: () => false,
    };
  }
  const authorizeApp = () => signAsApp(access.app_id, access.key());
  let kept: Promise<InstallationToken> | null = null;
  const renew = (): Promise<InstallationToken> => {
    const renewed = authorizeApp().then(fetchToken);
    kept = renewed;
    // Whoever asks meanwhile shares this fetch, and its failure; the next one after that tries anew.
    renewed.catch(() => {
      if (kept === renewed) kept = null;
    });
    return renewed;
  };
  return {
    authorizeApp,
    authorize: async () => {
      const held = kept;
      const token = held === null ? null : await held;
      if (token !== null && Date.parse(token.expires_at) - Date.now() >= MARGIN_MS) return `token ${token.token}`;
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
    throw refuse("The token of GitHub is empty or no single word. Put it where the configuration reads it from.");
  rememberSecret(trimmed);
  return trimmed;
}

async function signAsApp(appId: number, key: string): Promise<string> {
  try {
    const { token } = await createAppAuth({ appId, privateKey: key })({ type: "app" });
    return `bearer ${token}`;
  } catch (error) {
    const message = `The private key of the GitHub App ${appId} cannot be used. Give the whole PEM file that GitHub made for the App.`;
    throw new OperationalError("forge_refused", message, { next: "stop", cause: error });
  }
}

function refuse(message: string): OperationalError {
  return new OperationalError("forge_refused", message, { next: "stop" });
}
