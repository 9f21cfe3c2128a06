import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import {
  type MatchingAttributes,
  MatchingAttributesSchema,
} from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { refuse } from "../state/refuse.ts";
import {
  type AttributesKey,
  type AttributesRecord,
  attributesKey,
  type FlyteadminChange,
  type FlyteadminState,
} from "./flyteadmin-state.ts";
import { priorityOf } from "./resource-types.ts";

/**
 * The most specific row that covers a scope, from the workflow outwards; of two equally specific ones the older. Throws `not_found`
 * with the server's message.
 */
export function resolveRow(state: FlyteadminState, key: AttributesKey): AttributesRecord {
  const [best] = coveringKeys(key)
    .flatMap((candidate) => state.attributes.get(attributesKey(candidate)) ?? [])
    .sort((a, b) => b.priority - a.priority || a.id - b.id);
  return best ?? missing(key);
}

/** The row at exactly this scope. Throws `not_found`. */
export function requireRow(state: FlyteadminState, key: AttributesKey): AttributesRecord {
  return state.attributes.get(attributesKey(key)) ?? missing(key);
}

/**
 * Writes a row as the server's find-or-create does: an empty project or domain is no condition there, so that such a write
 * updates the oldest row of its level that matches the rest, of any project or domain.
 */
export function upsertRow(
  state: FlyteadminState,
  key: AttributesKey,
  attributes: JsonObject,
  now: number,
): FlyteadminChange {
  if (key.project === "" && (key.domain === "" || key.workflow !== "")) {
    throw refuse("invalid_argument", `missing and/or invalid parameters: ${describeKey(key)}`);
  }
  const priority = priorityOf(key);
  const exact = state.attributes.get(attributesKey(key));
  const [found] = key.project === "" ? rowsBelow(state, key).filter((row) => row.priority === priority) : [exact];
  const record = found ?? { ...key, id: state.lastId + 1, priority, created_at: now };
  return { table: "attributes", key: attributesKey(record), record: { ...record, attributes, updated_at: now } };
}

/** Removes the rows that the server's delete removes: all that match the non-empty parts of the scope. */
export function deleteRows(state: FlyteadminState, key: AttributesKey): readonly FlyteadminChange[] {
  return rowsBelow(state, key).map((row) => ({ table: "attributes", key: attributesKey(row), record: null }));
}

/** All rows of a type, the most specific first, then the oldest. */
export function listRows(state: FlyteadminState, resource_type: string): readonly AttributesRecord[] {
  return [...state.attributes.values()]
    .filter((row) => row.resource_type === resource_type)
    .sort((a, b) => b.priority - a.priority || a.id - b.id);
}

/** A row's attributes as their message. */
export function attributesToWire({ attributes }: AttributesRecord): MatchingAttributes {
  return fromJson(MatchingAttributesSchema, attributes);
}

/** A message's attributes in the stored form of a row. */
export function attributesToRow(attributes: MatchingAttributes): JsonObject {
  const json = toJson(MatchingAttributesSchema, attributes, { useProtoFieldName: true });
  // A message other than the well-known ones is always an object.
  return json as JsonObject;
}

function rowsBelow(state: FlyteadminState, key: AttributesKey): readonly AttributesRecord[] {
  const fits = (wanted: string, value: string) => wanted === "" || wanted === value;
  return [...state.attributes.values()]
    .filter(
      (row) =>
        row.resource_type === key.resource_type &&
        fits(key.project, row.project) &&
        fits(key.domain, row.domain) &&
        fits(key.workflow, row.workflow) &&
        fits(key.launch_plan, row.launch_plan),
    )
    .sort((a, b) => a.id - b.id);
}

function coveringKeys({ project, domain, workflow, launch_plan, resource_type }: AttributesKey) {
  const withAll = (value: string) => (value === "" ? [""] : [value, ""]);
  return withAll(project).flatMap((p) =>
    withAll(domain).flatMap((d) =>
      withAll(workflow).flatMap((w) =>
        withAll(launch_plan).map((l) => ({ project: p, domain: d, workflow: w, launch_plan: l, resource_type })),
      ),
    ),
  );
}

function missing(key: AttributesKey): never {
  throw refuse("not_found", `Resource [${describeKey(key)}] not found`);
}

function describeKey({ project, domain, workflow, launch_plan, resource_type }: AttributesKey): string {
  return `{Project:${project} Domain:${domain} Workflow:${workflow} LaunchPlan:${launch_plan} ResourceType:${resource_type}}`;
}
