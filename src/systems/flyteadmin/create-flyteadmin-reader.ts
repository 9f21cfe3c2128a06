import type { AttributesKind } from "../../kinds/registry.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import {
  type AttributesRow,
  type AttributesScope,
  formatAttributesScope,
  type Project,
} from "../../model/objects/attributes.ts";
import { LIST_VALUES } from "../http/call-json.ts";
import { createReadBudget, limitReads, type ReadBudget } from "../http/read-budget.ts";
import { type Page, type PageReading, readPages, SAFE_PAGE_LIMIT, tooLong } from "../http/read-pages.ts";
import { decodeResolved, decodeRow, resourceTypeOf } from "./attributes-codec.ts";
import { attributesPath } from "./attributes-path.ts";
import type { FlyteadminCaller } from "./call-flyteadmin.ts";
import type { Execution, FlyteadminReader } from "./flyteadmin-reader.ts";
import { findInner, readInner, readList, readText, requireList, type WireObject } from "./wire-json.ts";

/** Without a filter archived projects are hidden. This one lets all pass: no id can be a lone hyphen. */
const ALL_PROJECTS = "ne(project.identifier,-)";
/** Every phase but those that are final. */
const NOT_ENDED = "value_in(phase,UNDEFINED;QUEUED;RUNNING;SUCCEEDING;FAILING;ABORTING)";

/** An execution comes with its spec and its closure: so many times what a list has room for an object, of which its name is kept. */
const EXECUTION_TIMES = 8;

/** A reader over the HTTP gateway, whose lists are read like that. */
export function createReader(caller: FlyteadminCaller, endpoint: string, reading: PageReading = {}): FlyteadminReader {
  const { limits = limitReads() } = reading;
  /** One answer has all rows: they count as those of a list that is read in pages. */
  const readRows = async (kind: AttributesKind, shared?: ReadBudget) => {
    const path = `/api/v1/matchable_attributes?resource_type=${resourceTypeOf(kind)}`;
    const rows = await caller.get(
      path,
      (answer) => requireList(answer, "configurations").map((row) => decodeRow(kind, row)),
      { mostValues: LIST_VALUES },
    );
    const excess = createReadBudget(limits).spend(rows) ?? shared?.spend(rows) ?? null;
    if (excess !== null) throw tooLong(`GET ${path}`, excess);
    return rows;
  };
  return {
    endpoint,
    listRows: (kind) => readRows(kind, reading.shared),
    readRow: async (kind, scope) => {
      const isAsked = (row: AttributesRow) =>
        row.launch_plan === null && formatAttributesScope(row.scope) === formatAttributesScope(scope);
      const answer = await readResolved(caller, kind, scope);
      if (answer === undefined || isAsked(answer)) return answer;
      // Of two rows with one priority the older one is answered with. What is listed for one of them is not kept.
      return answer.scope.project === scope.project ? undefined : (await readRows(kind)).find(isAsked);
    },
    listProjects: () =>
      readPages(
        "GET /api/v1/projects",
        (project: Project) => project.id,
        (limit, token) => caller.get(projectsPath(limit, token), decodePage),
        reading,
      ),
    listDomains: () => caller.get("/api/v1/domains", (answer) => requireList(answer, "domains").map(readId)),
    listRunning: (project, domain) => {
      const path = `/api/v1/executions/${encodeURIComponent(project)}/${encodeURIComponent(domain)}`;
      return readPages(
        `GET ${path}`,
        (execution: Execution) => execution.name,
        (limit, token) => caller.get(`${path}?${queryPage({ limit, token, filters: NOT_ENDED })}`, decodeExecutions),
        // Executions end all the time: these figures warn of work, and promise none.
        {
          ...reading,
          limits: { ...limits, bytes: EXECUTION_TIMES * limits.bytes },
          pageLimit: reading.pageLimit ?? SAFE_PAGE_LIMIT,
          isMoving: true,
        },
      );
    },
  };
}

/** The row that holds in a scope, be it that of a wider one; undefined where none does. */
async function readResolved(
  caller: FlyteadminCaller,
  kind: AttributesKind,
  scope: AttributesScope,
): Promise<AttributesRow | undefined> {
  try {
    return await caller.get(`${attributesPath(scope)}?resource_type=${resourceTypeOf(kind)}`, (answer) =>
      decodeResolved(kind, readInner(answer, "attributes")),
    );
  } catch (error) {
    if (error instanceof OperationalError && error.code === "not_found") return undefined;
    throw error;
  }
}

function projectsPath(limit: number, token: string): string {
  return `/api/v1/projects?${queryPage({ limit, token, filters: ALL_PROJECTS })}`;
}

function queryPage({ limit, token, filters }: { limit: number; token: string; filters: string }): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit), filters });
  if (token !== "") query.set("token", token);
  return query;
}

/** The cluster is recorded in the system metadata of the execution's specification. */
function decodeExecutions(answer: WireObject, bytes: number): Page<Execution> {
  const records = requireList(answer, "executions").map((execution) => ({
    name: readText(readInner(execution, "id"), "name"),
    cluster: readText(
      findInner(findInner(findInner(execution, "spec"), "metadata"), "system_metadata"),
      "execution_cluster",
    ),
  }));
  return { records, token: readText(answer, "token"), bytes };
}

function decodePage(answer: WireObject, bytes: number): Page<Project> {
  return { records: requireList(answer, "projects").map(decodeProject), token: readText(answer, "token"), bytes };
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
