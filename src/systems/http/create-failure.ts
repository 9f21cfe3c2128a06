import { OperationalError } from "../../model/errors/operational-error.ts";
import { cutForeign, nameForeign, type Redact } from "../../model/secrets/cut-foreign.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import type { FailureEntry } from "./describe-failures.ts";

/** The call that failed. */
export interface FailedCall {
  /** Its name in messages: `QueueService/ListQueues`, `GET /api/v1/projects`. */
  readonly call: string;
  /** The server at the begin of a sentence: "The control plane". */
  readonly server: string;
  readonly endpoint: string;
  /** True for a call that may have changed something. */
  readonly write: boolean;
  /** Takes secrets out of words that are not ours. */
  readonly redact: (text: string) => string;
}

/** What is known of a failure besides its code. */
export interface FailureDetails {
  /** What the server, or the network, said; "" for nothing. */
  readonly words: string;
  /** False when the request cannot have left. */
  readonly maybeSent: boolean;
  /** True when the server itself said so, and no gateway before it. Default: false. */
  readonly answered?: boolean;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/**
 * The OperationalError of a failed call: it names the endpoint, the call when it got that far, the other side's own words
 * without secrets, and the remedy. A write that may have left and whose code is ambiguous has an unknown outcome.
 */
export function createFailure(
  code: string,
  { summary, remedy, next, ambiguous, unreached }: FailureEntry,
  { call, server, endpoint, write, redact }: FailedCall,
  { words, maybeSent, answered = false, retryAfterMs = null, cause }: FailureDetails,
): OperationalError {
  const reword = (redactMore: Redact): string => {
    const told = shortenOpenssl(cutForeign(words, (text) => redactMore(redact(text))))
      // A terminal would interpret them, and a new line could look like one of ours.
      .replace(/\p{Cc}+/gu, " ")
      .trim();
    const said = dropTrailing(told, ". ");
    // Both may have names in them that a server gave.
    const [what, where] = [call, endpoint].map((name) => nameForeign(name, (text) => redactMore(redact(text))));
    const happened = unreached
      ? `${server} at ${where} ${summary}${said === "" ? "" : ` (${said})`}`
      : `${what} at ${where} ${summary}${said === "" ? "" : `: ${said}`}`;
    return `${happened}. ${remedy}`;
  };
  const outcomeUnknown = write && ambiguous && maybeSent;
  return new OperationalError(
    code,
    reword((text) => text),
    { next, outcomeUnknown, answered, retryAfterMs, cause, reword },
  );
}

/** OpenSSL puts where it stumbled around what it says: `ID:error:NUMBER:library:function:WORDS:file:line:`. */
function shortenOpenssl(words: string): string {
  const parts = words.split(":");
  const shown: string[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const [id = "", error, number = "", , , said = "", , line = "", ...rest] = parts.slice(index, index + 9);
    const before = dropTrailing(id, HEXADECIMAL);
    const isTrail = error === "error" && before !== id && dropTrailing(number, HEXADECIMAL) === "" && rest.length > 0;
    if (isTrail && number !== "" && /^\d+$/.test(line)) {
      parts[index + 8] = `${before}${said}${rest[0]}`;
      index += 7;
    } else shown.push(id);
  }
  return shown.join(":");
}

const HEXADECIMAL = "0123456789ABCDEF";

/** The longest that a server is left alone because it asks for that: the limits of forges end within it, and what does not is asked for again. */
const LONGEST_PATIENCE_MS = 3_600_000;

/** What a server asks for, in milliseconds, as it is waited for: an hour at most. Null where it is no number. */
export function boundPatience(milliseconds: number): number | null {
  return Number.isNaN(milliseconds) ? null : Math.min(Math.max(0, milliseconds), LONGEST_PATIENCE_MS);
}

/** Retry-After, a number of seconds or a date (RFC 9110, 10.2.3), as milliseconds from `now`, an hour at most; null when there is none. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const milliseconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return boundPatience(milliseconds);
}

/** An error with its causes, and the first of those that were tried side by side (IPv6 and IPv4 addresses). */
export function listCauses(error: unknown): readonly Error[] {
  const links: Error[] = [];
  for (let link = error; link instanceof Error && !links.includes(link); ) {
    links.push(link);
    link = link.cause ?? (link instanceof AggregateError ? link.errors[0] : undefined);
  }
  return links;
}
