import type { Dispatcher } from "undici";
import {
  cutForeign,
  type ForeignWords,
  LONGEST_SECRET,
  type Redact,
  reshapeForeign,
} from "../../model/secrets/cut-foreign.ts";
import { classifyNetworkError } from "../../systems/http/classify-network-error.ts";
import { listCauses, readRetryAfter } from "../../systems/http/create-failure.ts";
import { sendRequest } from "../../systems/http/send-request.ts";

/** A message that is ready to go. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How one try ended. `reason` says why, without the receiver's address and secrets. */
export type PostResult =
  | { readonly kind: "sent" }
  /** Worth another try; `retry_after_ms`: as the receiver asked, null when it did not. `rests`: it takes no other message before that either. */
  | {
      readonly kind: "deferred";
      readonly reason: string;
      readonly retry_after_ms: number | null;
      readonly rests: boolean;
    }
  /** The receiver will never take it. */
  | { readonly kind: "refused"; readonly reason: string };

/** What a try is made with. */
export interface PostOptions {
  readonly http: Dispatcher;
  /** For the whole try, in milliseconds. */
  readonly timeout_ms: number;
  /** Takes out of an answer what must not stand in a reason. */
  readonly redact: Redact;
  /** In milliseconds since 1970, for a Retry-After that is a date. */
  readonly now: number;
}

/** Characters of an answer that a reason repeats, on one line. */
const MOST_WORDS = 200;
/** Of the lines that it is made of. */
const MOST_CHARACTERS = 4_000;
/** Bytes of an answer that are read at all. */
const MOST_BYTES = MOST_CHARACTERS + LONGEST_SECRET;

/**
 * Posts a message once. Never throws, never follows a redirect, and looks at no more of the answer than a reason needs. 408, 429,
 * 5xx and everything below HTTP are worth another try; any other answer but 2xx is not.
 */
export async function postMessage({ url, headers, body }: Post, options: PostOptions): Promise<PostResult> {
  try {
    const response = await sendRequest(url, {
      dispatcher: options.http,
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "poolkeeper", ...headers },
      body,
      signal: AbortSignal.timeout(options.timeout_ms),
    });
    const words = await readWords(response.body, options.redact);
    return judge(response.statusCode, words, response.headers["retry-after"], options.now);
  } catch (error) {
    return { kind: "deferred", reason: nameFailure(error), retry_after_ms: null, rests: false };
  }
}

function judge(
  status: number,
  words: ForeignWords | "",
  retryAfter: string | readonly string[] | undefined,
  now: number,
): PostResult {
  if (status >= 200 && status < 300) return { kind: "sent" };
  const reason = `HTTP ${status}${words === "" ? "" : `: ${words}`}`;
  if (status !== 408 && status !== 429 && status < 500) return { kind: "refused", reason };
  const header = [retryAfter].flat()[0] ?? null;
  const retry_after_ms = readRetryAfter(header, now);
  return { kind: "deferred", reason, retry_after_ms, rests: status === 429 || retry_after_ms !== null };
}

/** The begin of an answer on one line. What comes later is never read: a receiver could send without end. */
async function readWords(body: AsyncIterable<Uint8Array>, redact: Redact): Promise<ForeignWords | ""> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MOST_BYTES) break;
    }
  } catch {
    // The status has come, and it alone counts: a body that is cut short changes nothing.
    return "";
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const said = cutForeign(text, redact, { most: MOST_CHARACTERS, isCut: bytes >= MOST_BYTES });
  return reshapeForeign(said, (words) =>
    words
      .replace(/[\p{Cc}\s]+/gu, " ")
      .trim()
      .slice(0, MOST_WORDS),
  );
}

/** By code alone: words of the network name the address, which is a secret of some receivers. */
function nameFailure(error: unknown): string {
  const links = listCauses(error);
  if (links.some(({ name }) => name === "TimeoutError")) return "timeout";
  return classifyNetworkError(links)?.code ?? "not_sent";
}
