import { DOMAINS, type FlyteadminState } from "../flyteadmin/flyteadmin-state.ts";

/** The whole state of the embedded flyteadmin, sorted: projects by id, attributes by scope and type, executions by name. */
export function showFlyteadmin({ projects, attributes, executions }: FlyteadminState) {
  return {
    domains: DOMAINS,
    projects: byKey(projects),
    attributes: byKey(attributes),
    executions: byKey(executions),
  };
}

function byKey<Row>(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
