import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import {
  MatchingAttributesSchema,
  Project_ProjectState,
  WorkflowExecution_Phase,
} from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { attributesToRow } from "../flyteadmin/attributes-table.ts";
import {
  type AttributesKey,
  type AttributesRecord,
  attributesKey,
  type FlyteadminChange,
  type FlyteadminState,
  type ProjectRecord,
} from "../flyteadmin/flyteadmin-state.ts";
import { priorityOf, typeOfAttributes } from "../flyteadmin/resource-types.ts";
import { AdminRequestError, type FlyteadminMutateRequest } from "./admin-requests.ts";

/** The scope of a row of any type. */
type Scope = Omit<AttributesKey, "resource_type">;

/**
 * The changes of an out-of-band mutation: no rule applies, but the result must be encodable on the wire. A project's `path` is one
 * of its fields; the name of attributes is their scope `[PROJECT][/DOMAIN[/WORKFLOW]]` (`/DOMAIN` is the domain-wide one), and their
 * `path` starts with the member of MatchingAttributes (`execution_cluster_label.value`), which their `object` holds. The name of
 * an execution is `PROJECT/DOMAIN/NAME`; its fields are `cluster` and `phase`. Deleting a project leaves its rows.
 */
export function mutateFlyteadmin(
  state: FlyteadminState,
  request: FlyteadminMutateRequest,
  now: number,
): readonly FlyteadminChange[] {
  switch (request.kind) {
    case "project":
      return [mutateProject(state, request, now)];
    case "attributes":
      return mutateAttributes(state, request, now);
    case "execution":
      return [mutateExecution(state, request)];
  }
}

function mutateExecution(state: FlyteadminState, request: FlyteadminMutateRequest): FlyteadminChange {
  const { op, name: key } = request;
  const existing = state.executions.get(key);
  if ((op === "create") !== (existing === undefined)) {
    throw new AdminRequestError(`execution "${key}" ${op === "create" ? "exists already" : "does not exist"}`);
  }
  if (op === "delete") {
    return { table: "execution", key, record: null };
  }
  const [project = "", domain = "", name = "", ...rest] = key.split("/");
  const given = op === "set" ? { [request.path ?? ""]: request.value ?? null } : (request.object ?? {});
  const { cluster, phase } = { cluster: "", phase: "RUNNING", ...existing, ...given };
  const known = Object.keys(given).every((field) => ["cluster", "phase"].includes(field));
  const isPhase = typeof phase === "string" && Object.hasOwn(WorkflowExecution_Phase, phase);
  if (name === "" || rest.length > 0 || !known || typeof cluster !== "string" || !isPhase) {
    throw new AdminRequestError(
      "an execution is named PROJECT/DOMAIN/NAME and has the fields cluster and phase (RUNNING)",
    );
  }
  return { table: "execution", key, record: { project, domain, name, cluster, phase } };
}

function mutateProject(state: FlyteadminState, request: FlyteadminMutateRequest, now: number): FlyteadminChange {
  const { op, name: id } = request;
  const existing = state.projects.get(id);
  if ((op === "create") !== (existing === undefined)) {
    throw new AdminRequestError(`project "${id}" ${op === "create" ? "exists already" : "does not exist"}`);
  }
  if (op === "delete") {
    return { table: "project", key: id, record: null };
  }
  const blank = { id, name: id, description: "", labels: null, state: "ACTIVE" as const, created_at: now };
  const given = op === "set" ? { [request.path ?? ""]: request.value ?? null } : (request.object ?? {});
  const record = { ...blank, ...existing, ...given, updated_at: now };
  requireFields(record, Object.keys(given));
  return { table: "project", key: id, record };
}

function requireFields(record: object, given: readonly string[]): asserts record is ProjectRecord {
  const { name, description, labels, state }: { [key in keyof ProjectRecord]?: unknown } = record;
  const isText = typeof name === "string" && typeof description === "string";
  const isMap = typeof labels === "object" && Object.values(labels ?? {}).every((value) => typeof value === "string");
  const known = given.every((field) => ["name", "description", "labels", "state"].includes(field));
  if (!isText || !isMap || !known || !Object.hasOwn(Project_ProjectState, String(state))) {
    throw new AdminRequestError("a project has the fields name, description, labels and state (ACTIVE, ARCHIVED)");
  }
}

function mutateAttributes(
  state: FlyteadminState,
  request: FlyteadminMutateRequest,
  now: number,
): readonly FlyteadminChange[] {
  const scope = readScope(request);
  const [member = "", ...rest] = (request.path ?? "").split(".");
  if (request.op === "create") {
    return [writeRow(state, scope, { ...request.object }, now, true)];
  }
  const rows = [...state.attributes.values()].filter(
    (row) => isAt(row, scope) && (member === "" || Object.hasOwn(row.attributes, member)),
  );
  if (rows.length === 0) {
    throw new AdminRequestError(`attributes "${request.name}" ${member} do not exist`);
  }
  if (request.op === "delete") {
    return rows.map((row) => ({ table: "attributes", key: attributesKey(row), record: null }));
  }
  if (member === "") {
    throw new AdminRequestError("path must start with a member, for example execution_cluster_label.value");
  }
  return rows.map((row) =>
    writeRow(state, scope, setPath(row.attributes, [member, ...rest], request.value ?? null), now, false),
  );
}

function writeRow(
  state: FlyteadminState,
  scope: Scope,
  json: JsonObject,
  now: number,
  isNew: boolean,
): FlyteadminChange {
  const attributes = readAttributes(json);
  const resource_type = typeOfAttributes(attributes);
  if (resource_type === undefined) {
    throw new AdminRequestError("attributes need one member, for example execution_cluster_label");
  }
  const key = { ...scope, resource_type };
  const existing = state.attributes.get(attributesKey(key));
  if (isNew && existing !== undefined) {
    throw new AdminRequestError(`attributes of type ${resource_type} exist already in that scope`);
  }
  const before = existing ?? { ...key, id: state.lastId + 1, priority: priorityOf(key), created_at: now };
  const record = { ...before, attributes: attributesToRow(attributes), updated_at: now };
  return { table: "attributes", key: attributesKey(key), record };
}

function readAttributes(json: JsonObject) {
  try {
    return fromJson(MatchingAttributesSchema, json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AdminRequestError(`the value does not fit the attributes: ${reason}`, { cause });
  }
}

/** Only the workflow may contain slashes. */
function readScope({ name, launch_plan = "" }: FlyteadminMutateRequest): Scope {
  const [project = "", domain = "", ...workflow] = name.split("/");
  return { project, domain, workflow: workflow.join("/"), launch_plan };
}

function isAt({ resource_type, ...row }: AttributesRecord, scope: Scope): boolean {
  return attributesKey({ ...row, resource_type }) === attributesKey({ ...scope, resource_type });
}

function setPath(json: JsonObject, [first = "", ...rest]: readonly string[], value: JsonValue): JsonObject {
  const inner = json[first];
  const object = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...json, [first]: rest.length === 0 ? value : setPath(object, rest, value) };
}
