import { type AttributesScope, formatAttributesScope } from "../../model/objects/attributes.ts";
import type { RowFact } from "./routing-facts.ts";

/** The row that counts for a run, and a row that may count in its place. */
export interface FoundRow {
  readonly row: RowFact;
  /** A row of all projects of the domain: of the two, flyteadmin takes the older, and nothing that can be read says which it is. */
  readonly rival: RowFact | null;
}

/**
 * The row that flyteadmin takes for a run: workflow, then project and domain, then project; a row of all projects of the domain
 * ranks with the second. Null where there is none.
 */
export function findRow(rows: ReadonlyMap<string, RowFact>, scope: AttributesScope): FoundRow | null {
  const { project, domain, workflow } = scope;
  const find = (wanted: AttributesScope) => rows.get(formatAttributesScope(wanted)) ?? null;
  const ofWorkflow = domain !== null && workflow !== null ? find(scope) : null;
  if (ofWorkflow !== null) return { row: ofWorkflow, rival: null };
  const ofDomain = domain === null ? null : find({ project, domain, workflow: null });
  const ofAllProjects = domain === null ? null : find({ project: "", domain, workflow: null });
  if (ofDomain !== null) return { row: ofDomain, rival: ofAllProjects };
  const widest = ofAllProjects ?? find({ project, domain: null, workflow: null });
  return widest === null ? null : { row: widest, rival: null };
}

/** A row's scope in a sentence: `project "ml"`, `project "ml" in domain "dev"`, `workflow "a.b" of project "ml" in domain "dev"`. */
export function describeRowScope({ project, domain, workflow }: AttributesScope): string {
  const ofProject = project === "" ? "all projects" : `project "${project}"`;
  const ofDomain = domain === null ? ofProject : `${ofProject} in domain "${domain}"`;
  return workflow === null ? ofDomain : `workflow "${workflow}" of ${ofDomain}`;
}
