import { type AttributesKind, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { AttributesRow } from "../../model/objects/attributes.ts";
import { readInner, readText, type WireObject } from "./wire-json.ts";

/** The resource type of a kind. */
export function resourceTypeOf(kind: AttributesKind): string {
  return KIND_DEFINITIONS[kind].wire.type;
}

/** The body of a write. The scope is the path's; the type follows from the member. */
export function encodeAttributes({ kind, value }: Pick<AttributesRow, "kind" | "value">): object {
  const { member, path } = KIND_DEFINITIONS[kind].wire;
  const inner = [member, ...path].reduceRight<object | string>((held, name) => ({ [name]: held }), value);
  return { attributes: { matching_attributes: inner } };
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
  const { member, path } = KIND_DEFINITIONS[kind].wire;
  const above = [member, ...path.slice(0, -1)].reduce(readInner, attributes);
  const orNull = (name: string) => readText(row, name) || null;
  return {
    kind,
    scope: { project: readText(row, "project"), domain: orNull("domain"), workflow: orNull("workflow") },
    launch_plan: orNull("launch_plan"),
    value: readText(above, path.at(-1) ?? ""),
  };
}
