import type { JsonObject } from "../../model/json/json.ts";
import {
  anyObject,
  type JsonSchema,
  listOf,
  mapOf,
  numberShape,
  objectOf,
  optional,
  orNull,
  textShape,
} from "../../model/json/shape.ts";
import { MOST_SCOPES, type SettingsScope } from "../../model/objects/settings.ts";
import { READ_HASH_LENGTH } from "../../plan/compare/digest-plan.ts";
import { type Limits, narrowSchema } from "./narrow-schema.ts";
import type { Encrypted } from "./plan-key.ts";
import type { PlanInputs, SavedManifest } from "./saved-plan.ts";

/** Most manifests, as many as a folder may hold. */
const MOST_MANIFESTS = 250_000;
/** Whole numbers of a manifest have up to 16 digits. */
const LARGEST = 10 ** 16;

const isLine = textShape();
const isPlace = numberShape();
const isBody = anyObject<JsonObject>();
const isManifests = listOf(objectOf<SavedManifest>({ file: isLine, line: isPlace, body: isBody }));
/** The organization itself is read in any case. */
const isDomain = orNull(isLine);
const isScopes = listOf(objectOf<SettingsScope>({ domain: isDomain, project: orNull(isLine) }));
const isReadHash = textShape();
const isPatterns = listOf(isLine);
const isKey = textShape();
const isBase64 = textShape();

const isInputs = objectOf<PlanInputs>({
  ...{ manifests: isManifests, scopes: isScopes, read: mapOf(isReadHash), written: optional(mapOf(isLine)) },
  ...{ sensitive: isPatterns, sealing_key: orNull(isKey) },
  encrypted: orNull(objectOf<Encrypted>({ nonce: isBase64, data: isBase64 })),
});

const LINE: JsonSchema = { type: "string", minLength: 1, maxLength: 4096, pattern: "^[^\\p{Cc}]+$" };

const LIMITS: Limits = [
  [isLine, LINE],
  [isDomain, LINE],
  [isPlace, { type: "integer", minimum: 1, maximum: LARGEST }],
  [isBody, { additionalProperties: { $ref: "#/$defs/value" } }],
  [isManifests, { maxItems: MOST_MANIFESTS }],
  [isScopes, { maxItems: MOST_SCOPES }],
  [isReadHash, { pattern: `^[0-9a-f]{${READ_HASH_LENGTH}}$` }],
  [isPatterns, { maxItems: 1000 }],
  [isKey, { pattern: "^[0-9a-f]{64}$" }],
  [isBase64, { pattern: "^[A-Za-z0-9+/]*={0,2}$" }],
];

/**
 * JSON Schema (2020-12) of a saved plan's `inputs`, which refers to {@link INPUT_DEFINITIONS}. Whether a manifest follows its kind's schema is
 * decided where those of a folder are checked.
 */
export const INPUTS_SCHEMA: JsonSchema = narrowSchema(isInputs, LIMITS);

/** Values are those that parsing a manifest can give: no fractions. */
export const INPUT_DEFINITIONS = {
  value: {
    anyOf: [
      { type: ["string", "boolean", "null"] },
      { type: "integer", minimum: -LARGEST, maximum: LARGEST },
      { type: "array", items: { $ref: "#/$defs/value" } },
      { type: "object", additionalProperties: { $ref: "#/$defs/value" } },
    ],
  },
} as const;
