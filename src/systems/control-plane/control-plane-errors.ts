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
    "found the name taken",
    "Choose another name, or import the object that has it.",
  ),
  not_found: answered("stop", false, "found no such object", "Check the name and the organization."),
  permission_denied: answered(
    "stop",
    false,
    "was not allowed",
    "Give these credentials the right to do this in the organization, or use others.",
  ),
  unauthenticated: answered(
    "stop",
    false,
    "did not accept the credentials",
    "Set a valid token (--token, POOLKEEPER_TOKEN), FLYTE_API_KEY, or the credentials in the flyte config file.",
  ),
  unimplemented: answered(
    "stop",
    false,
    "is not known to this server",
    "Check that the endpoint is a control plane, and which generation it is.",
  ),
} as const satisfies Record<string, FailureEntry>;

/** A code of {@link ERROR_CATALOGUE}. */
export type ControlPlaneErrorCode = keyof typeof ERROR_CATALOGUE;
