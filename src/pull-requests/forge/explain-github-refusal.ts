import type { OperationalError } from "../../model/errors/operational-error.ts";
import { cutForeign, type ForeignWords, nameForeign, type Redact } from "../../model/secrets/cut-foreign.ts";
import { type AnswerHeaders, type JsonAnswer, readHeader } from "../../systems/http/call-json.ts";
import { boundPatience, createFailure, type FailedCall, readRetryAfter } from "../../systems/http/create-failure.ts";
import { answered } from "../../systems/http/describe-failures.ts";
import { explainForgeRefusal, ForgeRefusal } from "./forge-failures.ts";
import { readWords } from "./read-refusal.ts";

/** GitHub asks for a minute where it says nothing of how long. */
const PATIENCE_MS = 60_000;
const LIMITED = answered("retry", false, "was rate-limited", "Nothing is lost: it is retried when the limit resets.");
const NO_INSTALLATION = answered(
  "stop",
  false,
  "issued no token for the App",
  "Check the App's id, its installation's id and its key, and that it is installed for the repository and not suspended.",
);
const EXPIRED =
  "The token was revoked or has expired: create a new one and set it where the configuration reads it from.";
const MISSING =
  "Check that it exists and that the credentials have access to the repository: GitHub gives the same answer for both.";

const NO_COMMIT = answered("stop", false, "failed: not found", MISSING);

/** The error of an answer of GitHub other than 2xx, by the codes of `Forge`. */
export function explainGithubRefusal(answer: JsonAnswer, call: FailedCall): OperationalError {
  const { status, headers } = answer;
  const words = readGithubWords(answer, call);
  const retryAfterMs = readLimit(status, headers, words, Date.now());
  if (retryAfterMs !== null) {
    const details = { words: `${words} (wait ${Math.ceil(retryAfterMs / 1000)} s)`, maybeSent: false, retryAfterMs };
    return createFailure("forge_limited", LIMITED, call, details);
  }
  const details = { words: words || `HTTP ${status}`, maybeSent: true };
  if (status >= 400 && status < 500 && status !== 408 && call.call.includes("/app/installations/"))
    return createFailure("forge_refused", NO_INSTALLATION, call, details);
  if (status === 422 && /no commit found/i.test(words)) return createFailure("forge_missing", NO_COMMIT, call, details);
  const remedies = { unknownToken: EXPIRED, forbidden: nameLacking(headers, call.redact), missing: MISSING };
  return explainForgeRefusal(new ForgeRefusal(status, words), call, remedies, null);
}

/** The missing permissions, as GitHub reports them with the refusal. */
function nameLacking(headers: AnswerHeaders, redact: Redact): string {
  const permissions = readHeader(headers, "x-accepted-github-permissions");
  const scopes = readHeader(headers, "x-accepted-oauth-scopes");
  const named = [
    ...(permissions ? [`the permission ${listChoices(permissions, ";", redact)}`] : []),
    ...(scopes ? [`the scope ${listChoices(scopes, ",", redact)}`] : []),
  ];
  if (named.length === 0) return "Check the permissions of the token or the App in this repository.";
  return `The token or the App needs ${named.join(", a classic token ")} for it.`;
}

function listChoices(header: string, separator: string, redact: Redact): string {
  return header
    .split(separator)
    .map((choice) => nameForeign(choice.trim(), redact))
    .join(" or ");
}

/** How long GitHub wants to be left alone, in milliseconds, an hour at most; null when this is no limit. Both kinds come as 403 or 429. */
function readLimit(status: number, headers: AnswerHeaders, words: string, now: number): number | null {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = readRetryAfter(readHeader(headers, "retry-after"), now);
  if (retryAfter !== null) return retryAfter;
  if (readHeader(headers, "x-ratelimit-remaining") === "0") {
    const reset = Number(readHeader(headers, "x-ratelimit-reset") ?? Number.NaN) * 1000;
    return boundPatience(reset - now) ?? PATIENCE_MS;
  }
  return status === 429 || /secondary rate|abuse detection/i.test(words) ? PATIENCE_MS : null;
}

/** GitHub's own words: the message, and what it says of single fields; else what any forge says. */
function readGithubWords({ headers, text }: JsonAnswer, { redact }: FailedCall): ForeignWords {
  const { message, errors } = parseObject(text);
  if (typeof message !== "string" || !Array.isArray(errors)) return readWords(text, headers, redact);
  const details = errors.map((entry: unknown) =>
    typeof entry === "object" && entry !== null && "message" in entry ? String(entry.message) : JSON.stringify(entry),
  );
  return cutForeign([message, ...details].join("; "), redact);
}

function parseObject(text: string): { readonly message?: unknown; readonly errors?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // A page of HTML says nothing.
    return {};
  }
}
