import { answered, describeFailures, type FailureEntry } from "../http/describe-failures.ts";

/**
 * Every way in which a call to the control plane fails, by code: the catalogue that `docs/reference.md` repeats. Codes of the Connect
 * protocol keep their names; the client distinguishes the rest.
 */
export const ERROR_CATALOGUE = {
  ...describeFailures("the control plane"),
  already_exists: answered(
    "stop",
    false,
    "failed: the name is already taken",
    "Choose another name, or import the existing object.",
  ),
  not_found: answered("stop", false, "failed: not found", "Check the name and the organization."),
  permission_denied: answered(
    "stop",
    false,
    "failed: permission denied",
    "Grant these credentials the permission in the organization, or use others.",
  ),
  unauthenticated: answered(
    "stop",
    false,
    "failed: the credentials were rejected",
    "Set a valid token (--token, POOLKEEPER_TOKEN), FLYTE_API_KEY, or the credentials in the flyte config file.",
  ),
  unimplemented: answered(
    "stop",
    false,
    "is not supported by this server",
    "Check that the endpoint is a control plane, and which generation it is.",
  ),
} as const satisfies Record<string, FailureEntry>;

/** A code of {@link ERROR_CATALOGUE}. */
export type ControlPlaneErrorCode = keyof typeof ERROR_CATALOGUE;
