import { KINDS } from "../../kinds/registry.ts";
import type { AnyShape, JsonSchema } from "../../model/json/shape.ts";
import { isAllowance, isPlan } from "../../model/plan/plan-shape.ts";
import {
  isAddress,
  isDevices,
  isDigits,
  isDuration,
  isHash,
  isLimit,
  isLine,
  isLines,
  isName,
  isReason,
} from "../../model/plan/plan-texts.ts";
import { CHECK_NAMES } from "../../plan/compare/finding.ts";
import { type Limits, narrowSchema } from "./narrow-schema.ts";

/** What a plan in a file may hold: its texts are shown, and a terminal would interpret control characters. */
const LIMITS: Limits = [
  [isName, { pattern: "^[^\\p{Cc}]+$" }],
  [isReason, { pattern: "^[^\\p{Cc}]+$" }],
  [isLine, { pattern: "^[^\\p{Cc}]*$" }],
  [isLines, { pattern: "^[^\\p{Cc}]*(\\n[^\\p{Cc}]*)*$" }],
  [isAddress, { pattern: `^(${KINDS.join("|")})\\.[^\\p{Cc}]+$` }],
  [isHash, { pattern: "^[0-9a-f]{64}$" }],
  [isDigits, { pattern: "^[0-9]{1,20}$" }],
  // A count on the wire has 32 bits, that of devices more.
  [isLimit, { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 }],
  [isDevices, { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
  [isDuration, { type: "integer", minimum: 0 }],
  // A check that is allowed is named: who applies the file sees where it fails.
  [isAllowance, { type: "string", enum: CHECK_NAMES }],
];

/** JSON Schema (2020-12) of each field of a plan. */
export const PLAN_FIELDS: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  Object.entries<AnyShape>({ ...isPlan.fields }).map(([name, shape]) => [name, narrowSchema(shape, LIMITS)]),
);

/** JSON Schema (2020-12) of a plan, as `plan --json` prints it. Published by `poolkeeper schema plan`. */
export const PLAN_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Plan of poolkeeper",
  description:
    "What `poolkeeper plan --json` prints. A plan file has the same fields, its inputs and codes that authenticate it.",
  ...{ type: "object", required: Object.keys(PLAN_FIELDS), properties: PLAN_FIELDS, additionalProperties: false },
};
