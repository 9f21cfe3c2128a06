import type { DescMethodUnary } from "@bufbuild/protobuf";
import { AdminService } from "../../systems/control-plane/gen/flyteidl/service/admin_pb.js";

/** One route of the HTTP gateway. */
export interface GatewayRoute {
  readonly verb: "GET" | "POST" | "PUT" | "DELETE";
  /** Segments of the path; `{a.b}` takes one and puts it into that field of the request. */
  readonly path: readonly string[];
  readonly method: DescMethodUnary;
}

/** The match of a request line: a route with the fields of its path, a path without that verb, or none. */
export type RouteMatch =
  | { readonly kind: "found"; readonly route: GatewayRoute; readonly fields: ReadonlyMap<string, string> }
  | { readonly kind: "wrong_verb" }
  | { readonly kind: "unknown" };

/** The path prefix of the gateway. */
export const GATEWAY_PREFIX = "/api/";

const { method } = AdminService;

const ROUTES: readonly GatewayRoute[] = [
  route("POST", "projects", method.registerProject),
  route("GET", "projects", method.listProjects),
  route("PUT", "projects/{id}", method.updateProject),
  route("GET", "projects/{id}", method.getProject),
  route("GET", "domains", method.getDomains),
  route("GET", "executions/{id.project}/{id.domain}", method.listExecutions),
  route("GET", "matchable_attributes", method.listMatchableAttributes),
  route("PUT", "project_attributes/{attributes.project}", method.updateProjectAttributes),
  route("GET", "project_attributes/{project}", method.getProjectAttributes),
  route("DELETE", "project_attributes/{project}", method.deleteProjectAttributes),
  route(
    "PUT",
    "project_domain_attributes/{attributes.project}/{attributes.domain}",
    method.updateProjectDomainAttributes,
  ),
  route("GET", "project_domain_attributes/{project}/{domain}", method.getProjectDomainAttributes),
  route("DELETE", "project_domain_attributes/{project}/{domain}", method.deleteProjectDomainAttributes),
  route(
    "PUT",
    "workflow_attributes/{attributes.project}/{attributes.domain}/{attributes.workflow}",
    method.updateWorkflowAttributes,
  ),
  route("GET", "workflow_attributes/{project}/{domain}/{workflow}", method.getWorkflowAttributes),
  route("DELETE", "workflow_attributes/{project}/{domain}/{workflow}", method.deleteWorkflowAttributes),
];

/**
 * Finds the route of a request. The path is decoded before it is split, as the server does: a workflow name with `/`, even
 * encoded as `%2F`, makes a longer path, which has no route.
 */
export function matchRoute(verb: string, path: string): RouteMatch {
  const segments = decodePath(path).slice(1).split("/");
  const matches = ROUTES.flatMap((candidate) => {
    const fields = matchPath(candidate.path, segments);
    return fields === undefined ? [] : [{ kind: "found", route: candidate, fields } as const];
  });
  return matches.find((match) => match.route.verb === verb) ?? { kind: matches.length > 0 ? "wrong_verb" : "unknown" };
}

function route(verb: GatewayRoute["verb"], path: string, method: DescMethodUnary): GatewayRoute {
  return { verb, path: ["api", "v1", ...path.split("/")], method };
}

function matchPath(path: readonly string[], segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (path.length !== segments.length) {
    return undefined;
  }
  const fields = new Map<string, string>();
  for (const [position, pattern] of path.entries()) {
    const segment = segments[position] ?? "";
    const field = /^\{(.+)\}$/.exec(pattern)?.[1];
    if (field !== undefined && segment !== "") {
      fields.set(field, segment);
    } else if (pattern !== segment) {
      return undefined;
    }
  }
  return fields;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Invalid UTF-8 is kept as it is; no route matches it.
    return path;
  }
}
