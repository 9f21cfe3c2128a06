import { rewriteSchema } from "../../model/json/rewrite-schema.ts";
import type { AnyShape, JsonSchema } from "../../model/json/shape.ts";

/** Shapes, and what a value of each has to be beyond that. Limits with a type stand in place of the shape's schema. */
export type Limits = readonly (readonly [shape: AnyShape, limits: JsonSchema])[];

/** The schema of a shape for a file that anyone may have written: with these limits, and with no fields but those that it knows. Pure. */
export function narrowSchema({ schema }: AnyShape, limits: Limits): JsonSchema {
  const known = new Map(limits.map(([shape, more]) => [shape.schema, more]));
  return rewriteSchema(schema, {
    replace: () => undefined,
    finish: (part, former) => {
      const closed = part.type === "object" && "properties" in part ? { additionalProperties: false } : {};
      const more = known.get(former) ?? {};
      return "type" in more ? more : { ...part, ...closed, ...more };
    },
  });
}
