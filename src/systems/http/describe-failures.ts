import type { Next } from "../../model/errors/operational-error.ts";

/** The meaning of one error code of a server. */
export interface FailureEntry {
  readonly next: Next;
  /** True: a write that ended so may have taken effect. */
  readonly ambiguous: boolean;
  /** What happened, to follow "CALL at ENDPOINT"; where it was not reached, to follow "SERVER at ENDPOINT". */
  readonly summary: string;
  /** True: no connection came about, so that the call and its name say nothing. */
  readonly unreached: boolean;
  /** What to do. */
  readonly remedy: string;
}

/** A failure of a connection that came about. */
export function answered(next: Next, ambiguous: boolean, summary: string, remedy: string): FailureEntry {
  return { next, ambiguous, summary, remedy, unreached: false };
}

/** What was never sent took no effect. */
export function unreached(next: Next, summary: string, remedy: string): FailureEntry {
  return { next, ambiguous: false, summary, remedy, unreached: true };
}

/** What any server may fail with, by code; `server` as in a sentence: "the control plane", "flyteadmin". */
export function describeFailures(server: string) {
  return {
    aborted: answered("retry", false, "conflicted with another writer", "Read again, then retry."),
    answer_too_large: answered(
      "stop",
      true,
      "returned a response that is too large",
      "Report it: one page exceeds the size limit.",
    ),
    bad_answer: answered(
      "stop",
      true,
      `returned a response that is not from ${server}`,
      `Check that the endpoint is ${server} itself, not a login page, a gateway or another service.`,
    ),
    canceled: answered("stop", true, "was cancelled", "Run the command again."),
    connection_cut: answered(
      "retry",
      true,
      "lost its connection",
      "Try again; if it persists, check proxies and load balancers in between.",
    ),
    connection_refused: unreached(
      "retry",
      "can't be reached: could not connect",
      `Check host and port, and that ${server} runs and can be reached from this machine.`,
    ),
    data_loss: answered("stop", true, "reports lost data", `Contact the operator of ${server}.`),
    failed_precondition: answered(
      "wait",
      false,
      "was refused in the current state",
      "Do what the message asks for, then plan again.",
    ),
    host_not_found: unreached(
      "retry",
      "can't be reached: its host name can't be resolved",
      "Check the host name of the endpoint, DNS, and whether a proxy is needed.",
    ),
    internal: answered(
      "retry",
      true,
      `caused an internal error in ${server}`,
      `Try again; if it persists, contact the operator of ${server}.`,
    ),
    invalid_argument: answered("stop", false, "was refused as invalid", "Correct what the message names."),
    out_of_range: answered("stop", false, "was refused as out of range", "Correct what the message names."),
    proxy_refused: unreached(
      "stop",
      "can't be reached: the proxy refused the connection",
      "Check HTTPS_PROXY and its credentials, or add the host to NO_PROXY.",
    ),
    resource_exhausted: answered(
      "retry",
      false,
      "was rate-limited",
      "Wait a moment and try again, or lower the parallelism.",
    ),
    timeout: answered("retry", true, "timed out", "Try again, or increase --timeout."),
    tls_failed: unreached(
      "stop",
      "can't be reached: the TLS handshake failed",
      "Check that the port speaks TLS; one without it needs an http:// endpoint.",
    ),
    tls_untrusted: unreached(
      "stop",
      "can't be trusted: its certificate is not trusted",
      "Pass the authority's PEM file (--ca-file, POOLKEEPER_CA_FILE), or correct the host name of the endpoint.",
    ),
    unavailable: answered("retry", true, `found ${server} unavailable`, "Try again in a moment."),
    unknown: answered(
      "retry",
      true,
      "failed: the server gives no reason",
      `Try again; if it persists, contact the operator of ${server}.`,
    ),
  } as const;
}

/** A code that any server's failures may have. */
export type FailureCode = keyof ReturnType<typeof describeFailures>;

/** The codes of gRPC by their numbers, which Connect and flyteadmin's gateway share. */
export const GRPC_CODES = {
  1: "canceled",
  2: "unknown",
  3: "invalid_argument",
  4: "timeout",
  5: "not_found",
  6: "already_exists",
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
} as const;

/** Answers without an error of the server's own in them (a gateway's page), by HTTP status. */
export const GATEWAY_CODES = {
  401: "unauthenticated",
  403: "permission_denied",
  408: "unavailable",
  429: "resource_exhausted",
  500: "internal",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
} as const;
