import { Code, ConnectError } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { classifyNetworkError } from "../http/classify-network-error.ts";
import { createFailure, type FailureDetails, listCauses, readRetryAfter } from "../http/create-failure.ts";
import { GATEWAY_CODES, GRPC_CODES } from "../http/describe-failures.ts";
import { AnswerTooLargeError } from "../http/read-body.ts";
import { type ControlPlaneErrorCode, ERROR_CATALOGUE } from "./control-plane-errors.ts";

/** The call that failed. */
export interface CallContext {
  /** `QueueService/ListQueues`. */
  readonly rpc: string;
  readonly endpoint: string;
  /** True for a call that may have changed something. */
  readonly write: boolean;
  /** Takes secrets out of words that are not ours. */
  readonly redact: (text: string) => string;
  /** The time, in milliseconds, that a Retry-After date is measured from. */
  readonly now: () => number;
}

/**
 * The one place where errors of Connect, undici, Node and TLS become an OperationalError: a code of the catalogue, what the caller may do
 * next, and for a write whether its outcome is unknown. The message names the endpoint, the RPC when it got that far, the server's own
 * words and a remedy, without secrets. An OperationalError (a token was unavailable) is passed on.
 */
export function mapError(error: unknown, context: CallContext): OperationalError {
  const links = listCauses(error);
  const known = links.find((link) => link instanceof OperationalError);
  if (known !== undefined) return known;
  const isServers = error instanceof ConnectError && error.isWireError;
  if (links.some(({ name }) => name === "TimeoutError"))
    return build("timeout", context, { words: "", maybeSent: true });
  if (links.some((link) => link instanceof AnswerTooLargeError))
    return build("answer_too_large", context, { words: "", maybeSent: true });
  const network = isServers ? undefined : classifyNetworkError(links);
  if (network !== undefined) {
    const { code, words, sent: maybeSent, cause } = network;
    return build(code, context, { words, maybeSent, cause });
  }
  if (error instanceof ConnectError) return mapConnectError(error, context);
  return build("unknown", context, { words: String(error), maybeSent: true });
}

function mapConnectError(error: ConnectError, context: CallContext): OperationalError {
  const retryAfterMs = readRetryAfter(error.metadata.get("retry-after"), context.now());
  const code = codeOf(error);
  // A call that timed out or was cancelled may have left work under way.
  const answered = error.isWireError && code !== "timeout" && code !== "canceled";
  return build(code, context, { words: error.rawMessage, maybeSent: true, answered, retryAfterMs });
}

/** Answers that are no Connect errors (a gateway's page), by HTTP status; any other status is a bad answer. */
const HTTP_CODES: Readonly<Record<string, ControlPlaneErrorCode>> = {
  ...GATEWAY_CODES,
  404: "unimplemented",
  501: "unimplemented",
};

/**
 * Only what the server itself sent as an error may be taken at its code: our own side reports an answer that it cannot read
 * as invalid_argument too.
 */
function codeOf(error: ConnectError): ControlPlaneErrorCode {
  if (error.isWireError) return GRPC_CODES[error.code];
  const status = /^HTTP (\d{3})$/.exec(error.rawMessage)?.[1];
  if (status !== undefined) return HTTP_CODES[status] ?? "bad_answer";
  if (error.code === Code.DeadlineExceeded) return "timeout";
  if (error.code === Code.Canceled) return "canceled";
  return error.code === Code.ResourceExhausted ? "answer_too_large" : "bad_answer";
}

function build(code: ControlPlaneErrorCode, context: CallContext, details: FailureDetails): OperationalError {
  return createFailure(
    code,
    ERROR_CATALOGUE[code],
    { ...context, call: context.rpc, server: "The control plane" },
    details,
  );
}
