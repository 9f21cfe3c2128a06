import type { AttributesKind, AttributesRow } from "../../model/attributes.ts";
import { readInner, readText, type WireObject } from "./wire-json.ts";

/** How a kind is named on the wire: its resource type, its member of the attributes, and the field of that with the value. */
interface WireNames {
  readonly type: string;
  readonly member: string;
  readonly field: string;
}

const WIRE_NAMES: Readonly<Record<AttributesKind, WireNames>> = {
  cluster_pool_attributes: { type: "CLUSTER_ASSIGNMENT", member: "cluster_assignment", field: "cluster_pool_name" },
  execution_cluster_label: { type: "EXECUTION_CLUSTER_LABEL", member: "execution_cluster_label", field: "value" },
};

/** The resource type of a kind. */
export function resourceTypeOf(kind: AttributesKind): string {
  return WIRE_NAMES[kind].type;
}

/** The body of a write. The scope is the path's; the type follows from the member. */
export function encodeAttributes({ kind, value }: Pick<AttributesRow, "kind" | "value">): object {
  const { member, field } = WIRE_NAMES[kind];
  return { attributes: { matching_attributes: { [member]: { [field]: value } } } };
}

/** A row of the list, in either naming. Throws an AnswerShapeError for what is none of this kind. */
export function decodeRow(kind: AttributesKind, row: WireObject): AttributesRow {
  return decodeAs(kind, row, readInner(row, "attributes"));
}

/** The answer to the read of one scope, in either naming. Throws an AnswerShapeError for what is none of this kind. */
export function decodeResolved(kind: AttributesKind, attributes: WireObject): AttributesRow {
  return decodeAs(kind, attributes, readInner(attributes, "matching_attributes"));
}

function decodeAs(kind: AttributesKind, row: WireObject, attributes: WireObject): AttributesRow {
  const { member, field } = WIRE_NAMES[kind];
  const orNull = (name: string) => readText(row, name) || null;
  return {
    kind,
    scope: { project: readText(row, "project"), domain: orNull("domain"), workflow: orNull("workflow") },
    launch_plan: orNull("launch_plan"),
    value: readText(readInner(attributes, member), field),
  };
}
