import type { AttributesKind } from "../../kinds/registry.ts";
import type { AttributesRow, AttributesScope, Project } from "../../model/objects/attributes.ts";

/** An execution that has not ended. */
export interface Execution {
  /** Unique within project and domain. */
  readonly name: string;
  /** The cluster that it was sent to, by its name in flyteadmin's configuration; "" where none was recorded. */
  readonly cluster: string;
}

/**
 * Everything that is asked of flyteadmin without changing it. It has no write method, so that what plans cannot write. Each
 * call throws an OperationalError on failure; `flyteadmin_absent` where no flyteadmin answers.
 */
export interface FlyteadminReader {
  /** Canonical URL, for example `https://flyte.example.com`. */
  readonly endpoint: string;
  /**
   * All rows of a kind, of all projects (archived ones too), in any order. It is the only exact read: flyteadmin's GET of a
   * scope answers with the row of a wider one where there is none.
   */
  listRows(kind: AttributesKind): Promise<readonly AttributesRow[]>;
  /**
   * The row of exactly one scope; undefined where there is none. The scope that flyteadmin's GET echoes identifies the row of the answer;
   * only where a row of all projects may hide the scope's own are all rows listed. Project and domain have to be there.
   */
  readRow(kind: AttributesKind, scope: AttributesScope): Promise<AttributesRow | undefined>;
  /** All projects, archived ones included, read in full through paging. */
  listProjects(): Promise<readonly Project[]>;
  /** Ids of the domains, in the server's order. */
  listDomains(): Promise<readonly string[]>;
  /** The executions of a project and domain that have not ended, read in full through paging. */
  listRunning(project: string, domain: string): Promise<readonly Execution[]>;
}
