import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

/** One way in which a value breaks a schema, with the schema that said so. */
export type SchemaError = ErrorObject;

/** Checks a value against one schema: the errors, none for a valid value. */
export type CheckSchema = (value: unknown) => readonly SchemaError[];

/** The schema keyword that names the diagnostic of a broken rule; other readers of the schema skip it. */
export const CODE_KEYWORD = "x-code";

/**
 * Compiles a JSON Schema (2020-12) on first use. Valid values take the fast path, which stops at the first error; a value that is
 * wrong is checked again for all of its errors.
 */
export function compileSchema(schema: object): CheckSchema {
  let isValid: ((value: unknown) => boolean) | undefined;
  let findAll: ((value: unknown) => readonly SchemaError[]) | undefined;
  return (value) => {
    isValid ??= compile(schema, false);
    if (isValid(value)) return [];
    findAll ??= compileFindAll(schema);
    return findAll(value);
  };
}

function compile(schema: object, allErrors: boolean) {
  // Checking the schema itself takes longer than compiling it; the tests do that.
  const ajv = new Ajv2020({ allErrors, verbose: allErrors, allowUnionTypes: true, meta: false, validateSchema: false });
  ajv.addKeyword(CODE_KEYWORD);
  return ajv.compile(schema);
}

function compileFindAll(schema: object): (value: unknown) => readonly SchemaError[] {
  const validate = compile(schema, true);
  return (value) => {
    validate(value);
    return validate.errors ?? [];
  };
}
