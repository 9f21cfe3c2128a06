import { type Page, readPages } from "../http/read-pages.ts";
import type { AttributesKind, Project } from "../model/attributes.ts";
import { decodeRow, resourceTypeOf } from "./attributes-codec.ts";
import type { FlyteadminCaller } from "./call-flyteadmin.ts";
import type { FlyteadminReader } from "./reader.ts";
import { readList, readText, requireList, type WireObject } from "./wire-json.ts";

/** Without a filter archived projects are hidden. This one lets all pass: no id can be a lone hyphen. */
const ALL_PROJECTS = "ne(project.identifier,-)";

/** A reader over the HTTP gateway. `pageLimit`: how many projects a page is asked for first; default 1000. */
export function createReader(
  caller: FlyteadminCaller,
  endpoint: string,
  { pageLimit }: { readonly pageLimit?: number } = {},
): FlyteadminReader {
  return {
    endpoint,
    listRows: (kind: AttributesKind) =>
      caller.get(`/api/v1/matchable_attributes?resource_type=${resourceTypeOf(kind)}`, (answer) =>
        requireList(answer, "configurations").map((row) => decodeRow(kind, row)),
      ),
    listProjects: () =>
      readPages(
        "GET /api/v1/projects",
        (project: Project) => project.id,
        (limit, token) => caller.get(projectsPath(limit, token), decodePage),
        pageLimit,
      ),
    listDomains: () => caller.get("/api/v1/domains", (answer) => requireList(answer, "domains").map(readId)),
  };
}

function projectsPath(limit: number, token: string): string {
  const query = new URLSearchParams({ limit: String(limit), filters: ALL_PROJECTS });
  if (token !== "") query.set("token", token);
  return `/api/v1/projects?${query}`;
}

function decodePage(answer: WireObject): Page<Project> {
  return { records: requireList(answer, "projects").map(decodeProject), token: readText(answer, "token") };
}

function decodeProject(project: WireObject): Project {
  return {
    id: readId(project),
    name: readText(project, "name"),
    domains: readDomains(project),
    // Servers may leave out what is the default.
    state: readText(project, "state").toLowerCase() || "active",
  };
}

function readDomains(object: WireObject): readonly string[] {
  return readList(object, "domains").map(readId);
}

function readId(object: WireObject): string {
  return readText(object, "id");
}
