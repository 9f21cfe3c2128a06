import type { JsonObject } from "@bufbuild/protobuf";

/** The states of a project, with the wire's names. */
export type ProjectState = "ACTIVE" | "ARCHIVED" | "SYSTEM_GENERATED";

/** A stored project. Times are milliseconds since 1970; `labels` is null where none were given. */
export interface ProjectRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly state: ProjectState;
  readonly created_at: number;
  readonly updated_at: number;
}

/** The identity of a row of matchable attributes; "" stands for all. */
export interface AttributesKey {
  readonly project: string;
  readonly domain: string;
  readonly workflow: string;
  readonly launch_plan: string;
  /** The name of a MatchableResource. */
  readonly resource_type: string;
}

/** A row of matchable attributes. `attributes` is its MatchingAttributes as protobuf JSON with the wire's names. */
export interface AttributesRecord extends AttributesKey {
  /** Incremented with each new row, and internal to the server; the lower one wins where two rows are equally specific. */
  readonly id: number;
  /** How specific the row is: the higher one wins. */
  readonly priority: number;
  readonly attributes: JsonObject;
  readonly created_at: number;
  readonly updated_at: number;
}

/** The fields of an execution that poolkeeper lists; the embedded flyteadmin runs none, the admin interface adds them. */
export interface ExecutionRecord {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
  /** The cluster that it was sent to. */
  readonly cluster: string;
  /** The name of a WorkflowExecution.Phase. */
  readonly phase: string;
}

/** One row to write, or with null to remove. A decision returns changes, a commit stores them. */
export type FlyteadminChange =
  | { readonly table: "project"; readonly key: string; readonly record: ProjectRecord | null }
  | { readonly table: "attributes"; readonly key: string; readonly record: AttributesRecord | null }
  | { readonly table: "execution"; readonly key: string; readonly record: ExecutionRecord | null };

/** The state of the embedded flyteadmin. Records are immutable, and only `applyFlyteadminChanges` replaces them. */
export interface FlyteadminState {
  readonly projects: Map<string, ProjectRecord>;
  /** By `attributesKey`. */
  readonly attributes: Map<string, AttributesRecord>;
  /** By `PROJECT/DOMAIN/NAME`. */
  readonly executions: Map<string, ExecutionRecord>;
  /** The highest row id so far. */
  lastId: number;
}

/** The domains, the same for every project: server configuration. */
export const DOMAINS: readonly string[] = ["development", "staging", "production"];

/** An empty state: a store is loaded into it. */
export function createFlyteadminState(): FlyteadminState {
  return { projects: new Map(), attributes: new Map(), executions: new Map(), lastId: 0 };
}

/** The initial state of a new flyteadmin: three example projects. */
export function provisionProjects(now: number): readonly FlyteadminChange[] {
  return ["flytesnacks", "project1", "team1"].map((id) => ({
    table: "project",
    key: id,
    record: { id, name: id, description: "", labels: null, state: "ACTIVE", created_at: now, updated_at: now },
  }));
}

/** Writes the changes into the state, in order: the only function that modifies one. */
export function applyFlyteadminChanges(state: FlyteadminState, changes: readonly FlyteadminChange[]): void {
  for (const { table, key, record } of changes) {
    if (record === null) {
      tableOf(state, table).delete(key);
    } else if (table === "project") {
      state.projects.set(key, record);
    } else if (table === "execution") {
      state.executions.set(key, record);
    } else {
      state.attributes.set(key, record);
      state.lastId = Math.max(state.lastId, record.id);
    }
  }
}

function tableOf(state: FlyteadminState, table: FlyteadminChange["table"]): Map<string, unknown> {
  switch (table) {
    case "project":
      return state.projects;
    case "attributes":
      return state.attributes;
    case "execution":
      return state.executions;
  }
}

/** The key of a row: its identity as one text. Workflow names may hold any character. */
export function attributesKey(key: AttributesKey): string {
  return JSON.stringify([key.project, key.domain, key.workflow, key.launch_plan, key.resource_type]);
}
