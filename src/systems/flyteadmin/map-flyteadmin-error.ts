import { OperationalError } from "../../model/errors/operational-error.ts";
import { createFailure, type FailedCall, type FailureDetails, readRetryAfter } from "../http/create-failure.ts";
import { GATEWAY_CODES, GRPC_CODES } from "../http/describe-failures.ts";
import { explainThrown } from "../http/explain-thrown.ts";
import { AnswerTooLargeError } from "../http/read-body.ts";
import { FLYTEADMIN_ERRORS, type FlyteadminErrorCode } from "./flyteadmin-errors.ts";
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
  const code = special?.code ?? CODES[refusal.code] ?? "unknown";
  // Its gateway answers too where flyteadmin itself has not.
  const answered = code !== "timeout" && code !== "canceled" && code !== "unavailable";
  return fail(code, call, { ...details, answered, words: refusal.message });
}

/** By the number of the gRPC code in the gateway's errors. Only first writes of one row that meet are `already_exists`. */
const CODES: Readonly<Record<number, FlyteadminErrorCode>> = { ...GRPC_CODES, 6: "aborted" };

/** What the message of a refusal says beyond its gRPC code. */
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
  ...GATEWAY_CODES,
  404: "flyteadmin_absent",
  501: "unimplemented",
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
