import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Project,
  Project_ProjectState,
  type ProjectSchema,
} from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { listPageByOffset } from "../rules/list-page-by-offset.ts";
import { refuse } from "../state/refuse.ts";
import { notFound } from "./check-scope.ts";
import type { FlyteadminRules } from "./flyteadmin-rules.ts";
import { DOMAINS, type FlyteadminChange, type ProjectRecord, type ProjectState } from "./flyteadmin-state.ts";
import { type Columns, readFilters } from "./read-filters.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const ID_LENGTH = 63;
const NAME_LENGTH = 64;
const DESCRIPTION_LENGTH = 300;

/** The rules of projects and domains. */
export const projectRules: FlyteadminRules<
  "registerProject" | "updateProject" | "getProject" | "listProjects" | "getDomains"
> = {
  registerProject: (state, { project }, now) => {
    if (project === undefined) {
      throw refuse("invalid_argument", "missing project");
    }
    if (project.name === "") {
      throw refuse("invalid_argument", "missing project_name");
    }
    checkProjectFields(project);
    if (state.projects.has(project.id)) {
      throw refuse(
        "already_exists",
        'value with matching already exists (duplicate key value violates unique constraint "projects_pkey")',
      );
    }
    const { id, name, description } = project;
    return {
      response: {},
      changes: [writeProject({ id, name, description, ...stateOf(project, now), created_at: now })],
    };
  },

  // Empty texts keep the former value; state and labels are always replaced.
  updateProject: (state, project, now) => {
    const before = requireProject(state, project.id);
    checkProjectFields(project);
    const name = project.name || before.name;
    const description = project.description || before.description;
    return { response: {}, changes: [writeProject({ ...before, name, description, ...stateOf(project, now) })] };
  },

  getProject: (state, { id }) => {
    if (id === "") {
      throw refuse("invalid_argument", "missing project_id");
    }
    return { response: projectToWire(requireProject(state, id)) };
  },

  listProjects: (state, request) => {
    const shown = filterProjects(request.filters);
    const found = [...state.projects.values()].filter(shown).sort((a, b) => (a.id < b.id ? -1 : 1));
    const { page, token } = listPageByOffset("ListProjects", found, request);
    return { response: { projects: page.map(projectToWire), token } };
  },

  getDomains: () => ({ response: { domains: domainsToWire() } }),
};

function requireProject(state: { readonly projects: ReadonlyMap<string, ProjectRecord> }, id: string): ProjectRecord {
  const project = state.projects.get(id);
  if (project === undefined) {
    throw refuse("not_found", notFound(id));
  }
  return project;
}

function checkProjectFields({ id, name, description, domains }: Project): void {
  if (id === "") {
    throw refuse("invalid_argument", "missing project_id");
  }
  if (!LABEL.test(id) || id.length > ID_LENGTH) {
    const rule = LABEL.test(id) ? `must be no more than ${ID_LENGTH} characters` : LABEL_RULE;
    throw refuse("invalid_argument", `invalid project id [${id}]: [${rule}]`);
  }
  checkLength("project_name", name, NAME_LENGTH);
  checkLength("project_description", description, DESCRIPTION_LENGTH);
  if (domains.length > 0) {
    throw refuse(
      "invalid_argument",
      "Domains are currently only set system wide. Please retry without domains included in your request.",
    );
  }
}

function checkLength(field: string, text: string, most: number): void {
  if (text.length > most) {
    throw refuse("invalid_argument", `${field} cannot exceed ${most} characters`);
  }
}

function stateOf({ state, labels }: Project, now: number) {
  // The number of no state has no name either.
  const name = (Project_ProjectState[state] ?? "ACTIVE") as ProjectState;
  return { state: name, labels: labels === undefined ? null : { ...labels.values }, updated_at: now };
}

function writeProject(record: ProjectRecord): FlyteadminChange {
  return { table: "project", key: record.id, record };
}

function projectToWire({
  id,
  name,
  description,
  labels,
  state,
}: ProjectRecord): MessageInitShape<typeof ProjectSchema> {
  return {
    id,
    name,
    description,
    domains: domainsToWire(),
    state: Project_ProjectState[state],
    ...(labels === null ? {} : { labels: { values: labels } }),
  };
}

function domainsToWire() {
  return DOMAINS.map((id) => ({ id, name: id }));
}

const COLUMNS: Columns<ProjectRecord> = {
  identifier: ({ id }) => id,
  name: ({ name }) => name,
  description: ({ description }) => description,
  state: ({ state }) => String(Project_ProjectState[state]),
};

/** Reads the filters of a project list; without any, archived projects are hidden. Throws as {@link readFilters} does. */
function filterProjects(filters: string): (project: ProjectRecord) => boolean {
  return filters === "" ? ({ state }) => state !== "ARCHIVED" : readFilters(filters, "project", COLUMNS);
}
