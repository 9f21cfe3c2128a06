import { cutForeign, nameForeign } from "../../model/cut-foreign.ts";
import { OperationalError } from "../../model/operational-error.ts";
import { createFailure, type FailedCall, readRetryAfter } from "../../systems/http/create-failure.ts";
import { answered, describeFailures, type FailureEntry } from "../../systems/http/describe-failures.ts";
import { explainThrown } from "../../systems/http/explain-thrown.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import { AnswerTooLargeError } from "../../systems/http/read-body.ts";
import { LED_ELSEWHERE } from "./create-github-fetch.ts";

/** What was being done. */
export interface GithubCall {
  /** By the method's name of `Forge`; said where the call over the network is not known. */
  readonly method: string;
  /** True when it may change something. */
  readonly write: boolean;
  /** Base of the API. */
  readonly api: string;
  /** In milliseconds since 1970: for limits that end at a time of day. */
  readonly now: number;
}

/** What octokit throws: with an answer where one came. */
interface RequestFailure {
  readonly status: number;
  readonly request: { readonly method: string; readonly url: string };
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data: unknown;
  };
}

/** GitHub asks for a minute where it says nothing of how long. */
const PATIENCE_MS = 60_000;
const NETWORK = describeFailures("GitHub");
const NETWORK_REMEDIES: Readonly<Record<string, string>> = {
  tls_untrusted: "Give the authority's certificate (PEM) with the forge's configuration, or correct the host name.",
  timeout: "Try again, or allow more time.",
};

/** The OperationalError of what a call of octokit threw, by the codes of `Forge`. It never holds a token. */
export function explainGithubError(error: unknown, call: GithubCall): OperationalError {
  if (error instanceof OperationalError) return error;
  const failed: FailedCall = {
    call: call.method,
    server: "GitHub",
    endpoint: call.api,
    write: call.write,
    redact: redactKnownSecrets,
  };
  if (!isRequestFailure(error)) return explainNetwork(error, failed);
  const url = new URL(error.request.url);
  const base = new URL(call.api).pathname.replace(/\/$/, "");
  const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : url.pathname;
  // An App's token that was not given changes nothing in the repository, and GraphQL is only asked here.
  const write = error.request.method !== "GET" && !/\/(access_tokens|graphql)$/.test(path);
  const named = { ...failed, call: `${error.request.method} ${path}`, write };
  return error.response === undefined
    ? explainNetwork(error, named)
    : explainAnswer(error, error.response, named, call.now);
}

/** That GitHub answered something else than its API says. */
export function createAnswerFailure(call: GithubCall, words: string): OperationalError {
  const { method, write, api } = call;
  const failed = { call: method, server: "GitHub", endpoint: api, write, redact: redactKnownSecrets };
  return createFailure("forge_answer", NETWORK.bad_answer, failed, { words, maybeSent: true });
}

function explainNetwork(error: unknown, failed: FailedCall): OperationalError {
  const aborted = error instanceof Error && error.name === "AbortError";
  const abortCode = aborted && error.cause instanceof AnswerTooLargeError ? "bad_answer" : "timeout";
  const { code, details } = aborted
    ? ({ code: abortCode, details: { words: error.message, maybeSent: true, cause: error } } as const)
    : explainThrown(error);
  const entry = NETWORK[code];
  const remedy = NETWORK_REMEDIES[code] ?? entry.remedy;
  return createFailure(
    code === "bad_answer" ? "forge_answer" : "forge_unreachable",
    { ...entry, remedy },
    failed,
    details,
  );
}

function explainAnswer(
  { status, request }: RequestFailure,
  { headers, data }: NonNullable<RequestFailure["response"]>,
  failed: FailedCall,
  now: number,
): OperationalError {
  const words = readWords(data);
  const retryAfterMs = readLimit(status, headers, words, now);
  if (retryAfterMs !== null) {
    const details = { words: `${words} (wait ${Math.ceil(retryAfterMs / 1000)} s)`, maybeSent: false, retryAfterMs };
    return createFailure("forge_limited", LIMITED, failed, details);
  }
  const [code, entry] = judge(status, words, headers, request.url.includes("/app/installations/"));
  return createFailure(code, entry, failed, { words: words || `HTTP ${status}`, maybeSent: true });
}

const LIMITED = answered("retry", false, "was limited", "Nothing is lost: it is tried again when the limit ends.");
const INVALID = answered("stop", false, "was refused as invalid", "Correct what the message names.");
const MOVED = answered(
  "stop",
  false,
  "was sent elsewhere",
  "Give the address that it leads to in the forge's settings: the repository or the forge has moved.",
);
const EXPIRED = answered(
  "stop",
  false,
  "did not accept the credentials",
  "The token was revoked or has expired: make a new one and put it where the configuration reads it from.",
);
const NO_INSTALLATION = answered(
  "stop",
  false,
  "gave no token for the App",
  "Check the App's id, its installation's id and its key, and that it is installed for the repository and not suspended.",
);

function judge(
  status: number,
  words: string,
  headers: Readonly<Record<string, string | number | undefined>>,
  isExchange: boolean,
): readonly [code: string, entry: FailureEntry] {
  if (status >= 500 || status === 408) return ["forge_unreachable", NETWORK.unavailable];
  if (isExchange) return ["forge_refused", NO_INSTALLATION];
  if (status === LED_ELSEWHERE) return ["forge_answer", MOVED];
  if (status === 401) return ["forge_refused", EXPIRED];
  if (status === 403 || status === 451)
    return ["forge_refused", answered("stop", false, "was refused", nameLacking(headers))];
  if (status === 404 || status === 410 || (status === 422 && /no commit found/i.test(words))) {
    const remedy =
      "Check that it is there, and that the credentials may see the repository: GitHub says the same for both.";
    return ["forge_missing", answered("stop", false, "found nothing", remedy)];
  }
  return ["forge_answer", INVALID];
}

/** What the credentials lack, as GitHub tells with the refusal. */
function nameLacking(headers: Readonly<Record<string, string | number | undefined>>): string {
  const permissions = headers["x-accepted-github-permissions"];
  const scopes = headers["x-accepted-oauth-scopes"];
  const named = [
    ...(permissions ? [`the permission ${listChoices(String(permissions), ";")}`] : []),
    ...(scopes ? [`the scope ${listChoices(String(scopes), ",")}`] : []),
  ];
  if (named.length === 0) return "Look at what the token or the App may do in this repository.";
  return `The token or the App needs ${named.join(", a classic token ")} for it.`;
}

function listChoices(header: string, separator: string): string {
  return header
    .split(separator)
    .map((choice) => nameForeign(choice.trim(), redactKnownSecrets))
    .join(" or ");
}

/** How long GitHub wants to be left alone, in milliseconds; null when this is no limit. Both kinds come as 403 or 429. */
function readLimit(
  status: number,
  headers: Readonly<Record<string, string | number | undefined>>,
  words: string,
  now: number,
): number | null {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = readRetryAfter(headers["retry-after"]?.toString() ?? null, now);
  if (retryAfter !== null) return retryAfter;
  if (headers["x-ratelimit-remaining"]?.toString() === "0") {
    const reset = Number(headers["x-ratelimit-reset"]) * 1000;
    return Number.isFinite(reset) ? Math.max(0, reset - now) : PATIENCE_MS;
  }
  return status === 429 || /secondary rate|abuse detection/i.test(words) ? PATIENCE_MS : null;
}

/** GitHub's own words: the message, and what it says of single fields. A page of HTML says nothing. */
function readWords(data: unknown): string {
  if (typeof data !== "object" || data === null || !("message" in data)) return "";
  const errors = "errors" in data && Array.isArray(data.errors) ? data.errors : [];
  const details = errors.map((entry: unknown) =>
    typeof entry === "object" && entry !== null && "message" in entry ? String(entry.message) : JSON.stringify(entry),
  );
  return cutForeign([String(data.message), ...details].join("; "), redactKnownSecrets);
}

/** Whether octokit threw because of an answer of that status, whose message fits. */
export function hasStatus(error: unknown, status: number, message = /^/): boolean {
  return (
    isRequestFailure(error) && error.response !== undefined && error.status === status && message.test(error.message)
  );
}

function isRequestFailure(error: unknown): error is Error & RequestFailure {
  return error instanceof Error && "status" in error && "request" in error && typeof error.request === "object";
}
