import { Project_ProjectState } from "../../control-plane/gen/flyteidl/admin/admin_pb.js";
import { refuse } from "../refuse.ts";
import type { ProjectRecord } from "./flyteadmin-state.ts";

const EXPRESSION = /^(.+)\((.+),\s?(.+)\)$/;

type Column = (project: ProjectRecord) => string;

const COLUMNS: Readonly<Record<string, Column>> = {
  identifier: ({ id }) => id,
  name: ({ name }) => name,
  description: ({ description }) => description,
  state: ({ state }) => String(Project_ProjectState[state]),
};

const FUNCTIONS: Readonly<Record<string, (value: string, wanted: readonly string[]) => boolean>> = {
  eq: (value, wanted) => wanted.includes(value),
  ne: (value, wanted) => !wanted.includes(value),
  value_in: (value, wanted) => wanted.includes(value),
  contains: (value, wanted) => wanted.some((part) => value.includes(part)),
};

/**
 * Reads the filters of a project list, `FUNCTION(project.COLUMN,VALUE[;VALUE])` joined by `+`; without any, archived projects
 * are hidden. Throws `invalid_argument` for what is no filter.
 */
export function filterProjects(filters: string): (project: ProjectRecord) => boolean {
  if (filters === "") {
    return ({ state }) => state !== "ARCHIVED";
  }
  // A plus sign in a URL is a blank.
  const tests = filters.split(/[+ ](?=\w+\()/).map(readFilter);
  return (project) => tests.every((test) => test(project));
}

function readFilter(text: string): (project: ProjectRecord) => boolean {
  const [, name = "", field = "", value = ""] = EXPRESSION.exec(text) ?? [];
  const matches = FUNCTIONS[name];
  if (matches === undefined) {
    throw refuse("invalid_argument", "invalid value for filters");
  }
  const column = COLUMNS[field.replace(/^project\./, "")];
  if (column === undefined) {
    throw refuse("invalid_argument", `'${field}' is invalid filter`);
  }
  return (project) => matches(column(project), value.split(";"));
}
