import type { JsonObject } from "@bufbuild/protobuf";

/** The states of a project, under the names of the wire. */
export type ProjectState = "ACTIVE" | "ARCHIVED" | "SYSTEM_GENERATED";

/** A project as kept. Times are milliseconds since 1970; `labels` is null where none were given. */
export interface ProjectRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly state: ProjectState;
  readonly created_at: number;
  readonly updated_at: number;
}

/** What identifies a row of matchable attributes; "" stands for all. */
export interface AttributesKey {
  readonly project: string;
  readonly domain: string;
  readonly workflow: string;
  readonly launch_plan: string;
  /** The name of a MatchableResource. */
  readonly resource_type: string;
}

/** A row of matchable attributes. `attributes` is its MatchingAttributes as protobuf JSON under the names of the wire. */
export interface AttributesRecord extends AttributesKey {
  /** Grows with each new row and never leaves the server; the lower one wins where two rows are equally specific. */
  readonly id: number;
  /** How specific the row is: the higher one wins. */
  readonly priority: number;
  readonly attributes: JsonObject;
  readonly created_at: number;
  readonly updated_at: number;
}

/** An execution as far as lists of ours look into it; the embedded flyteadmin runs none, they are put there from outside. */
export interface ExecutionRecord {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
  /** The cluster that it was sent to. */
  readonly cluster: string;
  /** The name of a WorkflowExecution.Phase. */
  readonly phase: string;
}

/** One row written (or, with null, removed). What a decision asks for, what a commit stores. */
export type FlyteadminChange =
  | { readonly table: "project"; readonly key: string; readonly record: ProjectRecord | null }
  | { readonly table: "attributes"; readonly key: string; readonly record: AttributesRecord | null }
  | { readonly table: "execution"; readonly key: string; readonly record: ExecutionRecord | null };

/** Everything the embedded flyteadmin knows. Records are only replaced, and only by `applyFlyteadminChanges`. */
export interface FlyteadminState {
  readonly projects: Map<string, ProjectRecord>;
  /** By `attributesKey`. */
  readonly attributes: Map<string, AttributesRecord>;
  /** By `PROJECT/DOMAIN/NAME`. */
  readonly executions: Map<string, ExecutionRecord>;
  /** The highest id of a row so far. */
  lastId: number;
}

/** The domains, the same for every project: server configuration. */
export const DOMAINS: readonly string[] = ["development", "staging", "production"];

/** A state with nothing in it: what a store is loaded into. */
export function createFlyteadminState(): FlyteadminState {
  return { projects: new Map(), attributes: new Map(), executions: new Map(), lastId: 0 };
}

/** The initial content of a new flyteadmin: three projects for trials. */
export function provisionProjects(now: number): readonly FlyteadminChange[] {
  return ["flytesnacks", "project1", "team1"].map((id) => ({
    table: "project",
    key: id,
    record: { id, name: id, description: "", labels: null, state: "ACTIVE", created_at: now, updated_at: now },
  }));
}

/** Writes the changes into the state, in order: the only place that alters one. */
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
