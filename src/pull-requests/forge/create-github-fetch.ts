import { fetch, type RequestInit, Response } from "undici";
import { rememberSecret } from "../../systems/http/known-secrets.ts";
import { AnswerTooLargeError, readBytes, readRefusal } from "../../systems/http/read-body.ts";
import { createForgeClock } from "./create-forge-clock.ts";
import { createForgeDispatcher } from "./create-forge-dispatcher.ts";

/** What calls go through. */
export interface GithubFetch {
  /** The function that octokit is to call; it tells `onCall` of each call by that name. */
  named(method: string): (url: string, init: RequestInit) => Promise<Response>;
  /** What time it is on GitHub, as in `Forge`. */
  readonly now: () => string | null;
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
const LARGEST_REMEMBERED = 8 * 1024 * 1024;
const NO_BODY = new Set([204, 205, 304]);
/** Most bytes of an answer, unpacked: a page of a hundred comments at their limit, each letter escaped. */
const MOST_BYTES = 64 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** A repository that was renamed is one redirect away. */
const MOST_REDIRECTS = 3;
/** Told to octokit in place of a redirect that is not followed. */
export const LED_ELSEWHERE = 421;

/**
 * Calls to the API at that address over connections of our own. An answer is read to its end here, so that one that is cut short is an error and not half a text
 * (octokit takes what came). A call that had its whole time ends in an AbortError, which octokit does not repeat. The pages of the
 * list of requests are asked for by ETag: an unchanged one costs nothing of the rate limit.
 */
export function createGithubFetch(api: string, { timeoutMs, ca, onCall, ending }: GithubFetchOptions): GithubFetch {
  const dispatcher = createForgeDispatcher(new URL(api), ca, timeoutMs);
  const clock = createForgeClock();
  const remembered = new Map<string, Remembered>();

  async function call(url: string, init: RequestInit): Promise<Response> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = AbortSignal.any(ending !== undefined && init.method === "GET" ? [timeout, ending] : [timeout]);
    try {
      const response = await follow(url, { ...init, signal: either, dispatcher, redirect: "manual" });
      const { status, headers } = response;
      if (response.ok || status === 304) clock.set({ date: headers.get("date"), age: headers.get("age") });
      return new Response(NO_BODY.has(status) ? null : await readAnswer(response), { status, headers });
    } catch (error) {
      if (error instanceof AnswerTooLargeError) throw asAbort(error.message, error);
      throw either.aborted ? asAbort(`no answer within ${timeoutMs} ms`, error) : error;
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
      const body = await response.clone().arrayBuffer();
      if (body.byteLength <= LARGEST_REMEMBERED) remembered.set(url, { etag, headers: [...response.headers], body });
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
    now: clock.now,
    close: () => dispatcher.destroy(),
  };
}

/** Follows redirects of reads within the same server: what was renamed is still found, and nothing goes to another server. */
async function follow(url: string, init: RequestInit): Promise<Response> {
  let place = new URL(url);
  for (let hops = 0; ; hops += 1) {
    const response = await fetch(place.href, init);
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel();
    const next = URL.parse(response.headers.get("location") ?? "", place.href);
    if (next?.origin !== place.origin || (init.method ?? "GET") !== "GET" || hops === MOST_REDIRECTS) {
      const message = `HTTP ${response.status} to ${next === null ? "nowhere" : next.origin + next.pathname}`;
      return Response.json({ message }, { status: LED_ELSEWHERE });
    }
    place = next;
  }
}

async function readAnswer({ ok, body }: Response): Promise<Buffer | string> {
  if (body === null) return "";
  return ok ? readBytes(body, MOST_BYTES) : readRefusal(body);
}

/** What octokit does not repeat. */
function asAbort(message: string, cause: unknown): DOMException {
  return new DOMException(message, { name: "AbortError", cause });
}

/** So that no message and no log repeats it, whoever says it. */
function rememberAuthorization({ headers }: RequestInit): void {
  const value = (headers as Record<string, string> | undefined)?.authorization;
  const secret = value?.slice(value.indexOf(" ") + 1) ?? "";
  if (secret !== "") rememberSecret(secret);
}
