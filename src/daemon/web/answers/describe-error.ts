import type { FastifyError } from "fastify";
import { OperationalError, STORE_CODES, STORE_DAMAGED } from "../../../model/errors/operational-error.ts";
import { redactKnownSecrets } from "../../../systems/http/known-secrets.ts";
import { WEB_ERRORS, WebError, type WebErrorCode } from "./web-error.ts";

/** The body of every refusal. */
export interface ErrorBody {
  readonly error: { readonly code: WebErrorCode; readonly message: string };
  readonly request_id: string;
}

const BY_STATUS: ReadonlyMap<number, readonly [WebErrorCode, string]> = new Map([
  [400, ["invalid", "The request is malformed."]],
  [413, ["too_large", "The body is too large."]],
  [415, ["unsupported_media_type", "The body's content type is not supported; send JSON, or a form where one exists."]],
  [429, ["rate_limited", "Too many requests from this address; try again in a minute."]],
]);

const INTERNAL = "Internal error. The daemon's log has the cause under this request id.";

const UNAVAILABLE =
  "The daemon's store is unavailable. Try again; the daemon's log has the cause under this request id.";
const DAMAGED = "The daemon's store is damaged. The daemon's log has the cause under this request id.";
const RETRY_S = 5;

/**
 * The public text of an error: our own words for what the caller did wrong, and nothing internal. A store that failed or is damaged is
 * shown in its own words, which name its location or the entry, to callers who may read.
 */
export function describeError(error: FastifyError | Error, { mayRead }: { readonly mayRead: boolean }): WebError {
  if (error instanceof WebError) return error;
  if (error instanceof OperationalError && STORE_CODES.has(error.code)) {
    return new WebError("unavailable", mayRead ? redactKnownSecrets(error.message) : UNAVAILABLE, RETRY_S);
  }
  if (error instanceof OperationalError && error.code === STORE_DAMAGED) {
    return new WebError("store_damaged", mayRead ? redactKnownSecrets(error.message) : DAMAGED);
  }
  // A decision is taken by the configuration that counts; while that changes, it is sent again.
  if (error instanceof OperationalError && error.code === "configuration_replaced") {
    return new WebError("unavailable", error.message, RETRY_S);
  }
  const { validation, statusCode = 500 } = error as Partial<FastifyError>;
  if (validation !== undefined) return new WebError("invalid", error.message);
  const known = BY_STATUS.get(statusCode);
  if (known !== undefined) return new WebError(...known);
  return statusCode >= 400 && statusCode < 500 ? new WebError("invalid", "The request is malformed.") : internal();
}

/** The error as a body. */
export function toErrorBody({ code, message }: WebError, requestId: string): ErrorBody {
  return { error: { code, message }, request_id: requestId };
}

/** Whether the fault is ours: those are logged with their cause. */
export function isInternal({ code }: WebError): boolean {
  return WEB_ERRORS[code] >= 500;
}

function internal(): WebError {
  return new WebError("internal", INTERNAL);
}
