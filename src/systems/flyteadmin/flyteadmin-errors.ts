import { answered, describeFailures, type FailureEntry } from "../http/describe-failures.ts";

/** Every way in which a call to flyteadmin fails, by code: the catalogue that `docs/reference.md` has. */
export const FLYTEADMIN_ERRORS = {
  ...describeFailures("flyteadmin"),
  domain_unknown: answered(
    "stop",
    false,
    "was refused because the domain is not configured there",
    "Correct the domain, or add it to the domains in flyteadmin's configuration.",
  ),
  flyteadmin_absent: answered(
    "stop",
    false,
    "failed: no flyteadmin answers there",
    "Check --flyteadmin-endpoint (POOLKEEPER_FLYTEADMIN_ENDPOINT): the base URL of /api/v1.",
  ),
  not_found: answered("stop", false, "failed: not found", "Check project, domain and workflow."),
  permission_denied: answered(
    "stop",
    false,
    "failed: permission denied",
    "Grant this token the permission, or use another (--flyteadmin-token, POOLKEEPER_FLYTEADMIN_TOKEN).",
  ),
  project_archived: answered(
    "stop",
    false,
    "was refused because the project is archived",
    "Activate the project (flytectl update project -p PROJECT --activate), or remove its manifests.",
  ),
  project_unknown: answered(
    "stop",
    false,
    "was refused because the project does not exist",
    "Correct the project, or create it first (flytectl create project).",
  ),
  unauthenticated: answered(
    "stop",
    false,
    "failed: the credentials were rejected",
    "Set a valid token (--flyteadmin-token, POOLKEEPER_FLYTEADMIN_TOKEN).",
  ),
  unimplemented: answered(
    "stop",
    false,
    "is not supported by this flyteadmin",
    "Check its release: poolkeeper supports 1.16 and compatible ones.",
  ),
} as const satisfies Record<string, FailureEntry>;

/** A code of {@link FLYTEADMIN_ERRORS}. */
export type FlyteadminErrorCode = keyof typeof FLYTEADMIN_ERRORS;
