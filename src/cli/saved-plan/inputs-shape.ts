import { MOST_SCOPES } from "../../model/settings.ts";
import { READ_HASH_LENGTH } from "../../plan/digest-plan.ts";

/** Most manifests, as many as a folder may hold. */
const MOST_MANIFESTS = 250_000;
/** Whole numbers of a manifest have up to 16 digits. */
const LARGEST = 10 ** 16;

const line = { type: "string", minLength: 1, maxLength: 4096, pattern: "^[^\\p{Cc}]+$" };

const base64 = { type: "string", pattern: "^[A-Za-z0-9+/]*={0,2}$" };

/**
 * JSON Schema (2020-12) of a saved plan's `inputs`. Values are those that parsing a manifest can give: no fractions. Whether a manifest
 * follows its kind's schema is decided where those of a folder are checked.
 */
export const INPUTS_SHAPE = {
  type: "object",
  additionalProperties: false,
  required: ["manifests", "scopes", "read", "sensitive", "sealing_key", "encrypted"],
  properties: {
    manifests: {
      type: "array",
      maxItems: MOST_MANIFESTS,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["file", "line", "body"],
        properties: {
          file: line,
          line: { type: "integer", minimum: 1, maximum: LARGEST },
          body: { type: "object", additionalProperties: { $ref: "#/$defs/value" } },
        },
      },
    },
    scopes: {
      type: "array",
      maxItems: MOST_SCOPES,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["domain", "project"],
        properties: { domain: line, project: { anyOf: [line, { type: "null" }] } },
      },
    },
    read: {
      type: "object",
      additionalProperties: { type: "string", pattern: `^[0-9a-f]{${READ_HASH_LENGTH}}$` },
    },
    written: { type: "object", additionalProperties: line },
    sensitive: { type: "array", maxItems: 1000, items: line },
    sealing_key: { anyOf: [{ type: "string", pattern: "^[0-9a-f]{64}$" }, { type: "null" }] },
    encrypted: {
      anyOf: [
        {
          type: "object",
          additionalProperties: false,
          required: ["nonce", "data"],
          properties: { nonce: base64, data: base64 },
        },
        { type: "null" },
      ],
    },
  },
  $defs: {
    value: {
      anyOf: [
        { type: ["string", "boolean", "null"] },
        { type: "integer", minimum: -LARGEST, maximum: LARGEST },
        { type: "array", items: { $ref: "#/$defs/value" } },
        { type: "object", additionalProperties: { $ref: "#/$defs/value" } },
      ],
    },
  },
} as const;
