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
    "is not known there: no flyteadmin answers",
    "Check --flyteadmin-endpoint (POOLKEEPER_FLYTEADMIN_ENDPOINT): the address below which /api/v1 is served.",
  ),
  not_found: answered("stop", false, "found no such object", "Check project, domain and workflow."),
  permission_denied: answered(
    "stop",
    false,
    "was not allowed",
    "Give this token the right to do this, or use another (--flyteadmin-token, POOLKEEPER_FLYTEADMIN_TOKEN).",
  ),
  project_archived: answered(
    "stop",
    false,
    "was refused because the project is archived",
    "Activate the project (flytectl update project -p PROJECT --activate), or take its manifests out.",
  ),
  project_unknown: answered(
    "stop",
    false,
    "was refused because there is no such project",
    "Correct the project, or create it first (flytectl create project).",
  ),
  unauthenticated: answered(
    "stop",
    false,
    "did not accept the credentials",
    "Set a valid token (--flyteadmin-token, POOLKEEPER_FLYTEADMIN_TOKEN).",
  ),
  unimplemented: answered(
    "stop",
    false,
    "is not known to this flyteadmin",
    "Check which release it is: poolkeeper speaks to 1.16 and its like.",
  ),
} as const satisfies Record<string, FailureEntry>;

/** A code of {@link FLYTEADMIN_ERRORS}. */
export type FlyteadminErrorCode = keyof typeof FLYTEADMIN_ERRORS;
