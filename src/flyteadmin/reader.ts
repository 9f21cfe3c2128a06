import type { AttributesKind, AttributesRow, Project } from "../model/attributes.ts";

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
  /** All projects, archived ones included, read in full through paging. */
  listProjects(): Promise<readonly Project[]>;
  /** Ids of the domains, in the server's order. */
  listDomains(): Promise<readonly string[]>;
}
