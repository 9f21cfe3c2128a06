import type { ProjectService } from "../../systems/control-plane/gen/flyteidl2/project/project_service_pb.js";
import { checkOrganization } from "./check-request.ts";
import { listPageByOffset } from "./list-page-by-offset.ts";
import type { Rules } from "./rules.ts";

/** The rules of ProjectService, for both generations: the projects are those with settings, each in every domain that any settings name. */
export const projectRules: Rules<typeof ProjectService> = {
  listProjects(state, request) {
    checkOrganization(state, request.org);
    const scopes = [...state.setting.rows.keys()].filter((scope) => scope !== "").map((scope) => scope.split("/"));
    const domains = [...new Set(scopes.flatMap(([domain = ""]) => domain))].sort();
    const ids = [...new Set(scopes.flatMap(([, project]) => project ?? []))].sort();
    const { page, token } = listPageByOffset("ListProjects", ids, request);
    const projects = page.map((id) => ({ id, name: id, domains: domains.map((name) => ({ id: name, name })) }));
    return { response: { projects: { projects, token } } };
  },
};
