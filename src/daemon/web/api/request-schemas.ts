import type { JsonSchema } from "../../../model/json/shape.ts";
import { DIGEST_DIGITS } from "../../../model/text/digest-digits.ts";

/** The name of a target, in the path. */
export const TARGET_NAME: JsonSchema = {
  type: "string",
  minLength: 1,
  maxLength: 63,
  description: "The target's name",
};
/** Which of several targets is meant, whose plans are the same. */
export const PLAN_TARGET: JsonSchema = {
  ...TARGET_NAME,
  description: "The plan's target, needed where several targets have the same plan",
};
/** The most that a request's number is: forges and stores keep them in 32 bits. */
export const LARGEST_NUMBER = 2_147_483_647;
/** The number of a pull request, in the path. */
export const REQUEST_NUMBER: JsonSchema = {
  type: "integer",
  minimum: 1,
  maximum: LARGEST_NUMBER,
  description: "The pull request's number",
};
/** SHA-256 of a plan's effect. What is too short passes the schema and is refused with the reason. */
export const PLAN_DIGEST: JsonSchema = {
  type: "string",
  pattern: "^[0-9a-f]{1,64}$",
  description: `The plan's digest, or its first ${DIGEST_DIGITS} digits or more`,
};
/** What the approver could know of. */
export const DECIDED: JsonSchema = {
  type: "integer",
  minimum: 0,
  maximum: LARGEST_NUMBER,
  description:
    "`decided` as the approver was shown it; default: none, and the approval is refused while a rejection stands",
};
export const REASON: JsonSchema = { type: "string", minLength: 1, maxLength: 500, pattern: "\\S" };
/** `kind.name`, or nothing for all of a target. */
export const ADDRESS: JsonSchema = {
  type: ["string", "null"],
  maxLength: 400,
  description: "`kind.name` of one object; default: the whole target",
};
/** The same in a query. */
export const OBJECT: JsonSchema = { ...ADDRESS, type: "string" };
/** A flyteadmin or a place of delivery, as entries of the change log name it. */
export const PLACE: JsonSchema = {
  type: "string",
  minLength: 1,
  maxLength: 2_000,
  description: "Only writes to this flyteadmin or place of delivery; default: all writes, also to the control plane",
};
/** The number of an entry of the change log. */
export const SINCE: JsonSchema = {
  type: "integer",
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Entries with a greater number, oldest first; default: newest first",
};
/** A moment. */
export const MOMENT: JsonSchema = {
  type: ["string", "null"],
  maxLength: 40,
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})$",
  description: "ISO 8601 with its offset; default: until it is lifted",
};
/** A commit, or nothing to follow the branch again. */
export const REVISION: JsonSchema = {
  type: ["string", "null"],
  maxLength: 64,
  pattern: "^([0-9a-f]{7,64})?$",
  description: 'An earlier revision to roll back to; "" follows the branch again',
};

/** How many entries at most. */
export function limit(usual: number): JsonSchema {
  return { type: "integer", minimum: 1, maximum: 1000, default: usual };
}

/** A body with these fields and no others. */
export function bodyOf(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: "object", properties, required, additionalProperties: false };
}
