import { OperationalError } from "../../model/errors/operational-error.ts";
import type { AttributesScope } from "../../model/objects/attributes.ts";

/**
 * The path of a scope's attributes in the HTTP gateway, each segment percent-encoded. Throws an OperationalError
 * `scope_unwritable` for a scope that no path can name.
 */
export function attributesPath(scope: AttributesScope): string {
  const { project, domain, workflow } = scope;
  if (workflow !== null) return join("workflow_attributes", [project, domain ?? "", workflow], scope);
  if (domain !== null) return join("project_domain_attributes", [project, domain], scope);
  return join("project_attributes", [project], scope);
}

/** The error for what cannot be written over HTTP; `because` follows the scope. */
export function refuseScope({ project, domain, workflow }: AttributesScope, because: string): OperationalError {
  const named = [`project "${project}"`, domain && `domain "${domain}"`, workflow && `workflow "${workflow}"`];
  return new OperationalError(
    "scope_unwritable",
    `The attributes of ${named.filter(Boolean).join(", ")} can't be written over HTTP: ${because}. ` +
      "Use a gRPC client for them (flytectl), or remove them.",
    { next: "stop" },
  );
}

function join(route: string, segments: readonly string[], scope: AttributesScope): string {
  for (const segment of segments) {
    const because = findProblem(segment);
    if (because !== undefined) throw refuseScope(scope, because);
  }
  return ["/api/v1", route, ...segments.map(encodeURIComponent)].join("/");
}

/** The server decodes a path before it splits it, and paths are shortened at `.` and `..` on the way. */
function findProblem(segment: string): string | undefined {
  if (segment === "") return "a path has no empty parts";
  if (segment.includes("/")) return "a slash in a name makes the path longer, in any encoding";
  if (segment === "." || segment === "..") return `"${segment}" is a relative path segment`;
  return segment.isWellFormed() ? undefined : "it contains an incomplete character (a lone surrogate)";
}
