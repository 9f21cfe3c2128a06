import { STATUS_CODES } from "node:http";
import type { JsonSchema } from "../../../model/json/shape.ts";
import type { ApiRoute } from "./api-route.ts";
import { RECORD_SCHEMAS } from "./record-schemas.ts";

/** The refusals that any route may answer with. */
const REFUSALS = [400, 401, 403, 404, 409, 413, 415, 421, 429, 500];

/** The OpenAPI 3.1 document of these routes, made from the same schemas that the server checks and answers by. */
export function buildOpenApi(routes: readonly ApiRoute[], version: string): JsonSchema {
  const paths = Map.groupBy(routes, ({ url }) => url.replace(/:(\w+)/g, "{$1}"));
  return {
    openapi: "3.1.0",
    info: {
      title: "poolkeeper",
      version,
      description: "Targets, plans, passes and approvals of a poolkeeper daemon. Times are ISO 8601 in UTC.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(
      [...paths].map(([path, group]) => [
        path,
        Object.fromEntries(group.map((route) => [route.method.toLowerCase(), describeRoute(route)])),
      ]),
    ),
    components: {
      schemas: pointToComponents(RECORD_SCHEMAS),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function describeRoute(route: ApiRoute): JsonSchema {
  return {
    operationId: route.id,
    summary: route.summary,
    parameters: [
      ...Object.entries(route.params).map(([name, schema]) => ({ name, in: "path", required: true, schema })),
      ...(route.method === "GET"
        ? Object.entries(route.query).map(([name, schema]) => ({ name, in: "query", required: false, schema }))
        : []),
    ],
    ...(route.method === "POST"
      ? {
          description: `Needs a token with the role ${route.role}.`,
          requestBody: { required: true, content: { "application/json": { schema: pointToComponents(route.body) } } },
          security: [{ token: [] }],
        }
      : { security: [{}, { token: [] }] }),
    responses: Object.fromEntries([
      [String(route.status), { description: STATUS_CODES[route.status], content: describeContent(route) }],
      ...REFUSALS.map((status) => [String(status), describeRefusal(status)]),
    ]),
  };
}

function describeContent({ answer, media_type = "application/json" }: ApiRoute): JsonSchema {
  return { [media_type]: { schema: answer === null ? { type: "string" } : pointToComponents(answer) } };
}

function describeRefusal(status: number): JsonSchema {
  const schema = { $ref: "#/components/schemas/Error" };
  return { description: STATUS_CODES[status], content: { "application/json": { schema } } };
}

/** The server names its schemas `Name#`, the document has them under its components. */
function pointToComponents(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(pointToComponents);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === "$ref" && typeof value === "string"
        ? [key, `#/components/schemas/${value.replace(/#$/, "")}`]
        : [key, pointToComponents(value)],
    ),
  );
}
