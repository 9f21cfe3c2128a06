import { CORE_SCHEMA, defineScalarTag, NOT_RESOLVED, type Schema } from "js-yaml";

const CANONICAL_INTEGER = /^(0|-?[1-9][0-9]{0,15})$/;

/** Whole numbers are numbers only in their one plain spelling; `017`, `0o17`, `1_000`, `1e3` and `+5` stay text. */
const integerTag = defineScalarTag<number>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: [..."-0123456789"],
  resolve: (source) => (CANONICAL_INTEGER.test(source) ? Number(source) : NOT_RESOLVED),
  identify: Number.isInteger,
});

/** Fractions stay text: the only fields that take them are quantities, which are text for the control plane too. */
const fractionTag = defineScalarTag<string>("tag:yaml.org,2002:float", {
  implicit: false,
  resolve: (source) => source,
  identify: () => false,
});

/**
 * How plain scalars of manifests are read: YAML 1.2 core without its traps. `yes`, `no`, `on`, `off` are text, and so is every
 * number that YAML 1.1 and 1.2 read differently; where a number is wanted, the schema then says so.
 */
export const MANIFEST_YAML_SCHEMA: Schema = CORE_SCHEMA.withTags(integerTag, fractionTag);
