import { fetch, type RequestInit, Response } from "undici";
import { rememberSecret } from "../http/known-secrets.ts";
import { createForgeDispatcher } from "./create-forge-dispatcher.ts";

/** What calls go through. */
export interface GithubFetch {
  /** The function that octokit is to call; it tells `onCall` of each call by that name. */
  named(method: string): (url: string, init: RequestInit) => Promise<Response>;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** As in `ForgeOptions`. */
export interface GithubFetchOptions {
  readonly timeoutMs: number;
  readonly ca: string | null;
  readonly onCall?: (method: string) => void;
  readonly ending?: AbortSignal;
}

/** An answer that may come a second time. */
interface Remembered {
  readonly etag: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: ArrayBuffer;
}

/** Pages of lists that are remembered at most; with 100 requests a page is up to a few megabytes. */
const MOST_REMEMBERED = 5;
const NO_BODY = new Set([204, 205, 304]);

/**
 * Calls to the API at that address over connections of our own. An answer is read to its end here, so that one that is cut short is an error and not half a text
 * (octokit takes what came). A call that had its whole time ends in an AbortError, which octokit does not repeat. The pages of the
 * list of requests are asked for by ETag: an unchanged one costs nothing of the rate limit.
 */
export function createGithubFetch(api: string, { timeoutMs, ca, onCall, ending }: GithubFetchOptions): GithubFetch {
  const dispatcher = createForgeDispatcher(new URL(api), ca, timeoutMs);
  const remembered = new Map<string, Remembered>();

  async function call(url: string, init: RequestInit): Promise<Response> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = AbortSignal.any(ending !== undefined && init.method === "GET" ? [timeout, ending] : [timeout]);
    try {
      const response = await fetch(url, { ...init, signal: either, dispatcher });
      const body = await response.arrayBuffer();
      const { status, headers } = response;
      return new Response(NO_BODY.has(status) ? null : body, { status, headers });
    } catch (error) {
      throw either.aborted ? new DOMException(`no answer within ${timeoutMs} ms`, "AbortError") : error;
    }
  }

  async function callRemembering(url: string, init: RequestInit): Promise<Response> {
    const known = remembered.get(url);
    const headers = { ...(init.headers as Record<string, string>), ...(known && { "if-none-match": known.etag }) };
    const response = await call(url, { ...init, headers });
    if (known !== undefined && response.status === 304) {
      return new Response(known.body, { status: 200, headers: known.headers.map(([name, value]) => [name, value]) });
    }
    const etag = response.headers.get("etag");
    remembered.delete(url);
    if (response.status === 200 && etag !== null && remembered.size < MOST_REMEMBERED) {
      remembered.set(url, { etag, headers: [...response.headers], body: await response.clone().arrayBuffer() });
    }
    return response;
  }

  return {
    named: (method) => (url, init) => {
      onCall?.(method);
      rememberAuthorization(init);
      const isList = init.method === "GET" && new URL(url).pathname.endsWith("/pulls");
      return isList ? callRemembering(url, init) : call(url, init);
    },
    close: () => dispatcher.destroy(),
  };
}

/** So that no message and no log repeats it, whoever says it. */
function rememberAuthorization({ headers }: RequestInit): void {
  const value = (headers as Record<string, string> | undefined)?.authorization;
  const secret = value?.slice(value.indexOf(" ") + 1) ?? "";
  if (secret !== "") rememberSecret(secret);
}
