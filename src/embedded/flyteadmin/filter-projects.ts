import { Project_ProjectState } from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import type { ProjectRecord } from "./flyteadmin-state.ts";
import { type Columns, readFilters } from "./read-filters.ts";

const COLUMNS: Columns<ProjectRecord> = {
  identifier: ({ id }) => id,
  name: ({ name }) => name,
  description: ({ description }) => description,
  state: ({ state }) => String(Project_ProjectState[state]),
};

/** Reads the filters of a project list; without any, archived projects are hidden. Throws as {@link readFilters} does. */
export function filterProjects(filters: string): (project: ProjectRecord) => boolean {
  return filters === "" ? ({ state }) => state !== "ARCHIVED" : readFilters(filters, "project", COLUMNS);
}
