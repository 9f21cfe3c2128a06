import { OperationalError } from "../../model/errors/operational-error.ts";
import {
  createFailure,
  type FailedCall,
  type FailureDetails,
  readRetryAfter,
} from "../../systems/http/create-failure.ts";
import { GATEWAY_CODES } from "../../systems/http/describe-failures.ts";
import { explainThrown } from "../../systems/http/explain-thrown.ts";
import { AnswerTooLargeError } from "../../systems/http/read-body.ts";
import { DAEMON_ERRORS, type DaemonErrorCode } from "./daemon-errors.ts";

/** An answer that is no success. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
  /** What the body held, as JSON; undefined where it held none. */
  readonly body: unknown;
}

/** What failed on the way to the daemon as an OperationalError; one that is thrown is passed on. */
export function mapError(error: unknown, call: FailedCall): OperationalError {
  if (error instanceof OperationalError) return error;
  if (error instanceof AnswerTooLargeError) return badAnswer(call, error.message);
  const { code, details } = explainThrown(error);
  return fail(code, call, details);
}

/** What the daemon, or a gateway before it, refused. */
export function mapRefusal({ status, retryAfter, body }: Refusal, call: FailedCall, now: number): OperationalError {
  const details = { maybeSent: true, retryAfterMs: readRetryAfter(retryAfter, now) };
  const answered = readError(body);
  if (answered === undefined)
    return fail(STATUS_CODES[status] ?? "bad_answer", call, { ...details, words: `HTTP ${status}` });
  const code = OWN_CODES[answered.code] ?? STATUS_CODES[status] ?? "unknown";
  return fail(code, call, { ...details, words: answered.message });
}

/** An answer that is none of the daemon's; `words` say why. */
export function badAnswer(call: FailedCall, words: string): OperationalError {
  return fail("bad_answer", call, { words, maybeSent: true });
}

/** The codes of the daemon's API. */
const OWN_CODES: Readonly<Record<string, DaemonErrorCode>> = {
  ambiguous: "ambiguous",
  conflict: "conflict",
  internal: "internal",
  invalid: "invalid_argument",
  misdirected: "invalid_argument",
  not_allowed: "permission_denied",
  needs_override: "not_approved",
  not_found: "not_found",
  not_looked_at: "conflict",
  nothing_to_approve: "not_approved",
  nothing_to_override: "not_approved",
  nothing_to_reject: "not_approved",
  overloaded: "unavailable",
  rate_limited: "resource_exhausted",
  stale: "stale_plan",
  timeout: "unavailable",
  unauthorized: "unauthenticated",
  unavailable: "unavailable",
};

/** Answers without an error of the daemon's in them (a gateway's page), by HTTP status; any other status is a bad answer. */
const STATUS_CODES: Readonly<Record<number, DaemonErrorCode>> = {
  ...GATEWAY_CODES,
  400: "invalid_argument",
  409: "conflict",
};

function readError(body: unknown): { readonly code: string; readonly message: string } | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error)) return undefined;
  const { code, message } = error;
  return typeof code === "string" && typeof message === "string" ? { code, message } : undefined;
}

function fail(code: DaemonErrorCode, call: FailedCall, details: FailureDetails): OperationalError {
  return createFailure(code, DAEMON_ERRORS[code], call, details);
}
