import { setTimeout } from "node:timers/promises";
import { type JsonAnswer, type JsonCall, readHeader } from "../../systems/http/call-json.ts";
import type { SendForge } from "./call-forge.ts";

/** An answer that may come a second time. */
interface Remembered extends JsonAnswer {
  readonly etag: string;
}

/** Pages of lists that are remembered at most; with 100 requests a page is up to a few megabytes. */
const MOST_REMEMBERED = 5;
const LARGEST_REMEMBERED = 8 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** A repository that was renamed is one redirect away. */
const MOST_REDIRECTS = 3;
/** What GitHub asks to leave between two writes. */
const BETWEEN_WRITES_MS = 1_000;

/**
 * Sends as GitHub likes it: the pages of the list of requests are asked for by ETag, as an unchanged one costs nothing of the rate limit, and
 * redirects of reads are followed.
 */
export function createGithubSend(send: SendForge): SendForge {
  const remembered = new Map<string, Remembered>();
  return async (call) => {
    const { url, method } = call;
    if (method !== "GET" || !new URL(url).pathname.endsWith("/pulls")) return follow(send, call);
    const known = remembered.get(url);
    const headers = { ...call.headers, ...(known && { "if-none-match": known.etag }) };
    const answer = await follow(send, { ...call, headers });
    // The newer headers have the time.
    if (known !== undefined && answer.status === 304)
      return { ...known, status: 200, headers: { ...known.headers, ...answer.headers } };
    const etag = readHeader(answer.headers, "etag");
    remembered.delete(url);
    const isSmall = remembered.size < MOST_REMEMBERED && answer.text.length <= LARGEST_REMEMBERED;
    if (answer.status === 200 && etag !== null && isSmall) remembered.set(url, { ...answer, etag });
    return answer;
  };
}

/** Follows redirects of reads within the same server: what was renamed is still found, and nothing goes to another server. */
async function follow(send: SendForge, call: JsonCall): Promise<JsonAnswer> {
  let place = new URL(call.url);
  for (let hops = 0; ; hops += 1) {
    const answer = await send({ ...call, url: place.href });
    if (!REDIRECTS.has(answer.status) || call.method !== "GET" || hops === MOST_REDIRECTS) return answer;
    const next = URL.parse(readHeader(answer.headers, "location") ?? "", place.href);
    if (next?.origin !== place.origin) return answer;
    place = next;
  }
}

/** Lets writes begin one after another, a second apart, as GitHub's own service asks for. */
export function createGithubPace(): () => Promise<void> {
  let free = 0;
  return async () => {
    const now = performance.now();
    const begin = Math.max(now, free);
    free = begin + BETWEEN_WRITES_MS;
    if (begin > now) await setTimeout(begin - now);
  };
}
