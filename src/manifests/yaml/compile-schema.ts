import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { joinPointer } from "./pointer-tree.ts";

/** One way in which a value breaks a schema, with the schema that said so. */
export type SchemaError = ErrorObject;

/** JSON pointer of what an error is about: the field that is missing or not known, the entry that is there twice, else the value. */
export function findPointer({ keyword, instancePath, propertyName, params }: SchemaError): string {
  const step: unknown =
    keyword === "uniqueItems"
      ? Math.max(Number(params.i), Number(params.j))
      : (propertyName ?? params.additionalProperty ?? params.missingProperty ?? params.propertyName);
  return step === undefined ? instancePath : joinPointer(instancePath, String(step));
}

/** Checks a value against one schema: the errors, none for a valid value. */
export type CheckSchema = (value: unknown) => readonly SchemaError[];

/** The schema keyword that names the diagnostic of a broken rule; other readers of the schema skip it. */
export const CODE_KEYWORD = "x-code";

/**
 * Compiles a JSON Schema (2020-12) on first use. Valid values take the fast path, which stops at the first error; a value that is
 * wrong is checked again for all of its errors. `holds`: a rule for values whose schema has a code, beside those of the schema; what it
 * refuses is an error of the keyword {@link CODE_KEYWORD}. Default: none.
 */
export function compileSchema(schema: object, holds: Holds = () => true): CheckSchema {
  let isValid: ((value: unknown) => boolean) | undefined;
  let findAll: ((value: unknown) => readonly SchemaError[]) | undefined;
  return (value) => {
    isValid ??= compile(schema, false, holds);
    if (isValid(value)) return [];
    findAll ??= compileFindAll(schema, holds);
    return findAll(value);
  };
}

type Holds = (code: unknown, value: unknown) => boolean;

function compile(schema: object, allErrors: boolean, holds: Holds) {
  // Checking the schema itself takes longer than compiling it; the tests do that. Nor does shorter code pay: a command runs it once.
  const ajv = new Ajv2020({
    ...{ allErrors, verbose: allErrors, allowUnionTypes: true, meta: false, validateSchema: false },
    code: { optimize: false },
  });
  ajv.addKeyword({ keyword: CODE_KEYWORD, validate: holds, errors: false });
  return ajv.compile(schema);
}

function compileFindAll(schema: object, holds: Holds): (value: unknown) => readonly SchemaError[] {
  const validate = compile(schema, true, holds);
  return (value) => {
    validate(value);
    return validate.errors ?? [];
  };
}
