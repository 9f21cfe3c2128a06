import { cutForeign, type ForeignWords, type Redact } from "../../model/secrets/cut-foreign.ts";
import { type AnswerHeaders, readHeader } from "../../systems/http/call-json.ts";
import { boundPatience, readRetryAfter } from "../../systems/http/create-failure.ts";

/** Characters of them that are kept: more say no more. */
const MOST_WORDS = 500;

/**
 * What GitLab and Gitea say of a refusal: `message` (a text, or GitLab's texts by field), else `error_description` or `error`, and where
 * a redirect leads, without its query. "" for a page of something else. `redact` takes secrets out of it.
 */
export function readWords(text: string, headers: AnswerHeaders, redact: Redact): ForeignWords {
  const location = readHeader(headers, "location")?.split(/[?#]/, 1)[0];
  if (location !== undefined) return cutForeign(`to ${location}`, redact, { most: MOST_WORDS });
  const { message, error, error_description: description } = parseObject(text);
  const said = message ?? description ?? error ?? "";
  return cutForeign(typeof said === "string" ? said : JSON.stringify(said), redact, { most: MOST_WORDS });
}

/**
 * How long a forge asks to wait, in milliseconds from `now`: Retry-After, or the second at which a limit that is used up ends
 * (`RateLimit-Reset`); an hour at most. Null where it does not say.
 */
export function readPatience(headers: AnswerHeaders, now: number): number | null {
  const retryAfter = readHeader(headers, "retry-after");
  if (retryAfter !== null) return readRetryAfter(retryAfter, now);
  const reset = readHeader(headers, "ratelimit-reset");
  const isUsedUp = readHeader(headers, "ratelimit-remaining") === "0";
  return isUsedUp && reset !== null && /^\d+$/.test(reset) ? boundPatience(Number(reset) * 1000 - now) : null;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // A page of a proxy, for example: identified by its status.
    return {};
  }
}
