import { answered, describeFailures, type FailureEntry } from "../../systems/http/describe-failures.ts";

/** Every way in which a call to a running daemon fails, by code. */
export const DAEMON_ERRORS = {
  ...describeFailures("a poolkeeper daemon"),
  ambiguous: answered("stop", false, "was refused", "Pass more digits."),
  conflict: answered("stop", false, "was refused", "Run poolkeeper targets to see the current state."),
  not_approved: answered(
    "stop",
    false,
    "was refused",
    "Pass the overrides that it names, or run poolkeeper targets to see what is held.",
  ),
  not_found: answered("stop", false, "failed: not found", "Run poolkeeper targets to list the targets."),
  permission_denied: answered(
    "stop",
    false,
    "failed: permission denied",
    "Use a token whose role allows it (--server-token, POOLKEEPER_SERVER_TOKEN).",
  ),
  stale_plan: answered("stop", false, "was refused", "Run poolkeeper targets to see the current plan."),
  unauthenticated: answered(
    "stop",
    false,
    "failed: the token was rejected",
    "Pass a token of the daemon's configuration (--server-token, --server-token-file, POOLKEEPER_SERVER_TOKEN).",
  ),
} as const satisfies Record<string, FailureEntry>;

/** A code of {@link DAEMON_ERRORS}. */
export type DaemonErrorCode = keyof typeof DAEMON_ERRORS;
