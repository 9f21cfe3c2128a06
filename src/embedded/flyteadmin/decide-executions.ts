import { WorkflowExecution_Phase } from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { listPageByOffset } from "../rules/list-page-by-offset.ts";
import { refuse } from "../state/refuse.ts";
import type { FlyteadminRules } from "./flyteadmin-rules.ts";
import type { ExecutionRecord } from "./flyteadmin-state.ts";
import { type Columns, readFilters } from "./read-filters.ts";

const COLUMNS: Columns<ExecutionRecord> = {
  project: ({ project }) => project,
  domain: ({ domain }) => domain,
  name: ({ name }) => name,
  phase: ({ phase }) => phase,
};

/** The rule of listing executions: those of one project and domain. */
export const executionRules: FlyteadminRules<"listExecutions"> = {
  listExecutions: (state, request) => {
    const { project = "", domain = "" } = request.id ?? {};
    if (project === "" || domain === "") {
      throw refuse("invalid_argument", `missing ${project === "" ? "project" : "domain"}`);
    }
    if (request.limit === 0) {
      throw refuse("invalid_argument", "invalid value for limit");
    }
    const shown = readFilters(request.filters, "execution", COLUMNS);
    const found = [...state.executions.values()]
      .filter((execution) => execution.project === project && execution.domain === domain && shown(execution))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const { page, token } = listPageByOffset("ListExecutions", found, request);
    return { response: { executions: page.map(executionToWire), token } };
  },
};

function executionToWire({ project, domain, name, cluster, phase }: ExecutionRecord) {
  return {
    id: { project, domain, name },
    spec: { metadata: { systemMetadata: { executionCluster: cluster } } },
    closure: { phase: WorkflowExecution_Phase[phase as keyof typeof WorkflowExecution_Phase] },
  };
}
