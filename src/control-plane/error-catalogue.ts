import type { Next } from "../model/operational-error.ts";

/** What stands behind one error code of the control plane. */
export interface ErrorEntry {
  readonly next: Next;
  /** True: a write that ended so may have been carried out. */
  readonly ambiguous: boolean;
  /** What happened, to follow "RPC at ENDPOINT"; where it was not reached, to follow "The control plane at ENDPOINT". */
  readonly summary: string;
  /** True: no connection came about, so that the call and its RPC say nothing. */
  readonly unreached: boolean;
  /** What to do. */
  readonly remedy: string;
}

/**
 * Every way in which a call to the control plane fails, by code: the catalogue that `docs/connection.md` repeats. Codes of the
 * Connect protocol keep their names; the rest is told apart on our side.
 */
export const ERROR_CATALOGUE = {
  aborted: entry("retry", false, "lost a race with another writer", "Read again and try once more."),
  already_exists: entry(
    "stop",
    false,
    "found the name taken",
    "Choose another name, or import the object that has it.",
  ),
  answer_too_large: entry(
    "stop",
    true,
    "gave an answer that is too large",
    "Report it: one page is over the size limit.",
  ),
  bad_answer: entry(
    "stop",
    true,
    "gave an answer that is no control plane's",
    "Check that the endpoint is the control plane itself, not a login page, a gateway or another service.",
  ),
  canceled: entry("stop", true, "was cancelled", "Run the command again."),
  connection_cut: entry(
    "retry",
    true,
    "lost its connection",
    "Try again; if it stays, look at proxies and load balancers on the way.",
  ),
  connection_refused: unreached(
    "retry",
    "can't be reached: could not connect",
    "Check host and port, and that the control plane runs and can be reached from this machine.",
  ),
  data_loss: entry("stop", true, "reports lost data", "Ask whoever runs the control plane."),
  failed_precondition: entry(
    "wait",
    false,
    "was refused in the present state",
    "Do what the message asks for, then plan again.",
  ),
  host_not_found: unreached(
    "retry",
    "can't be reached: its host name is not found",
    "Check the host name of the endpoint, DNS, and whether a proxy is needed.",
  ),
  internal: entry(
    "retry",
    true,
    "failed inside the control plane",
    "Try again; if it stays, ask whoever runs the control plane.",
  ),
  invalid_argument: entry("stop", false, "was refused as invalid", "Correct what the message names."),
  not_found: entry("stop", false, "found no such object", "Check the name and the organization."),
  out_of_range: entry("stop", false, "was refused as out of range", "Correct what the message names."),
  permission_denied: entry(
    "stop",
    false,
    "was not allowed",
    "Give these credentials the right to do this in the organization, or use others.",
  ),
  proxy_refused: unreached(
    "stop",
    "can't be reached: the proxy on the way there refused",
    "Check HTTPS_PROXY and its credentials, or add the host to NO_PROXY.",
  ),
  resource_exhausted: entry("retry", false, "was limited", "Wait a little and try again, or lower the parallelism."),
  timeout: entry("retry", true, "did not answer in time", "Try again, or allow more time with --timeout."),
  tls_failed: unreached(
    "stop",
    "can't be reached: the two could not agree on TLS",
    "Check that the port speaks TLS; a control plane without it needs an http:// endpoint.",
  ),
  tls_untrusted: unreached(
    "stop",
    "can't be trusted: its certificate is not one to rely on",
    "Name the authority's PEM file (--ca-file, POOLKEEPER_CA_FILE), or correct the host name of the endpoint.",
  ),
  unauthenticated: entry(
    "stop",
    false,
    "did not accept the credentials",
    "Set a valid token (--token, POOLKEEPER_TOKEN), FLYTE_API_KEY, or the credentials in the flyte config file.",
  ),
  unavailable: entry("retry", true, "found the control plane unavailable", "Try again in a moment."),
  unimplemented: entry(
    "stop",
    false,
    "is not known to this server",
    "Check that the endpoint is a control plane, and which generation it is.",
  ),
  unknown: entry(
    "retry",
    true,
    "failed for a reason that the server does not tell",
    "Try again; if it stays, ask whoever runs the control plane.",
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A code of {@link ERROR_CATALOGUE}. */
export type ControlPlaneErrorCode = keyof typeof ERROR_CATALOGUE;

function entry(next: Next, ambiguous: boolean, summary: string, remedy: string): ErrorEntry {
  return { next, ambiguous, summary, remedy, unreached: false };
}

/** What never left can't have been carried out. */
function unreached(next: Next, summary: string, remedy: string): ErrorEntry {
  return { next, ambiguous: false, summary, remedy, unreached: true };
}
