import { OperationalError } from "../../model/operational-error.ts";
import { createFailure, type FailedCall, type FailureDetails, readRetryAfter } from "../http/create-failure.ts";
import { explainThrown } from "../http/explain-thrown.ts";
import { AnswerTooLargeError } from "../http/read-body.ts";
import { FLYTEADMIN_ERRORS, type FlyteadminErrorCode } from "./error-catalogue.ts";
import { AnswerShapeError, findObject, readField } from "./wire-json.ts";

/** An answer that is no success. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** What failed on the way to flyteadmin, or in its answer, as an OperationalError; one that is thrown is passed on. */
export function mapError(error: unknown, call: FailedCall): OperationalError {
  if (error instanceof OperationalError) return error;
  if (error instanceof AnswerShapeError) return fail("bad_answer", call, { words: error.message, maybeSent: true });
  if (error instanceof AnswerTooLargeError) return fail("answer_too_large", call, { words: "", maybeSent: true });
  const { code, details } = explainThrown(error);
  return fail(code, call, details);
}

/** What flyteadmin, or a gateway before it, refused. The same code has many meanings, so they are distinguished by message. */
export function mapRefusal({ status, retryAfter, text }: Refusal, call: FailedCall, now: number): OperationalError {
  const refusal = readGatewayError(text);
  const details = { maybeSent: true, retryAfterMs: readRetryAfter(retryAfter, now) };
  if (refusal === undefined) {
    return fail(STATUS_CODES[status] ?? "bad_answer", call, { ...details, words: `HTTP ${status}` });
  }
  const special = SPECIAL.find(({ grpc, says }) => grpc === refusal.code && says(refusal.message));
  const code = special?.code ?? GRPC_CODES[refusal.code] ?? "unknown";
  // Its gateway answers too where flyteadmin itself has not.
  const answered = code !== "timeout" && code !== "canceled" && code !== "unavailable";
  return fail(code, call, { ...details, answered, words: refusal.message });
}

/** The number of a gRPC code, as the gateway's errors have it. Only first writes of one row that meet are `already_exists`. */
const GRPC_CODES: Readonly<Record<number, FlyteadminErrorCode>> = {
  1: "canceled",
  2: "unknown",
  3: "invalid_argument",
  4: "timeout",
  5: "not_found",
  6: "aborted",
  7: "permission_denied",
  8: "resource_exhausted",
  9: "failed_precondition",
  10: "aborted",
  11: "out_of_range",
  12: "unimplemented",
  13: "internal",
  14: "unavailable",
  15: "data_loss",
  16: "unauthenticated",
};

/** What the words of a refusal say beyond its gRPC code. */
const SPECIAL: readonly {
  readonly grpc: number;
  readonly says: (message: string) => boolean;
  readonly code: FlyteadminErrorCode;
}[] = [
  // A route that is not there; a missing object is "Resource [...] not found" or "project [...] not found".
  { grpc: 5, says: (message) => message === "Not Found", code: "flyteadmin_absent" },
  {
    grpc: 3,
    says: (message) => message.startsWith("project [") && message.endsWith("] is not active"),
    code: "project_archived",
  },
  {
    grpc: 3,
    says: (message) => message.includes("err: [project [") && message.endsWith("] not found]"),
    code: "project_unknown",
  },
  {
    grpc: 3,
    says: (message) => message.startsWith("domain [") && message.endsWith("] is unrecognized by system"),
    code: "domain_unknown",
  },
];

/** Answers without flyteadmin's own error in them (a gateway's page), by HTTP status; any other status is a bad answer. */
const STATUS_CODES: Readonly<Record<number, FlyteadminErrorCode>> = {
  401: "unauthenticated",
  403: "permission_denied",
  404: "flyteadmin_absent",
  408: "unavailable",
  429: "resource_exhausted",
  500: "internal",
  501: "unimplemented",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

function readGatewayError(text: string): { readonly code: number; readonly message: string } | undefined {
  const error = findObject(text) ?? {};
  const code = readField(error, "code");
  const message = readField(error, "message");
  return typeof code === "number" && typeof message === "string" ? { code, message } : undefined;
}

function fail(code: FlyteadminErrorCode, call: FailedCall, details: FailureDetails): OperationalError {
  return createFailure(code, FLYTEADMIN_ERRORS[code], call, details);
}
