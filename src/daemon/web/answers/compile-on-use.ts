/*
 * Compilers of schemas as fastify takes them. It calls them for every route before it listens; of dozens of routes few are asked, so these compile
 * with the first request, once for all servers of a process.
 */
import createFactory, { type Serializer } from "@fastify/fast-json-stringify-compiler";
import { Ajv } from "ajv";
import type { FastifySchema, FastifySchemaCompiler } from "fastify";
import type { FastifySerializerCompiler } from "fastify/types/schema.js";
import type { JsonSchema } from "../../../model/json/shape.ts";

/** Checks what is sent by the schemas of routes. */
export function validateOnUse(ajv: Ajv): FastifySchemaCompiler<FastifySchema> {
  return ({ schema }) =>
    (sent) => {
      // What was compiled for the same object before is not compiled again.
      const validate = ajv.compile(schema);
      return validate(sent) || { error: validate.errors ?? [] };
    };
}

/** The same for what is text by itself, such as fields of forms and what stands in URLs: numbers are read from it. */
export const validateText = validateOnUse(new Ajv({ coerceTypes: "array", useDefaults: true }));

/** Writes answers by the schemas of routes, which refer to these records by name: what a schema does not have is left out. */
export function serializeOnUse(
  records: Readonly<Record<string, JsonSchema>>,
): FastifySerializerCompiler<FastifySchema> {
  const named = Object.fromEntries(Object.entries(records).map(([name, schema]) => [name, { $id: name, ...schema }]));
  const compile = createFactory()(named);
  const compiled = new WeakMap<object, Serializer>();
  return (route) => (answer) => {
    const serializer = compiled.get(route.schema) ?? compile({ ...route, httpStatus: route.httpStatus ?? "default" });
    compiled.set(route.schema, serializer);
    return serializer(answer);
  };
}
