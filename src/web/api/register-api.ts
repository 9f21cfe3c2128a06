import { Ajv } from "ajv";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Identify } from "../access/identify.ts";
import type { Actor, DaemonService, Reader } from "../daemon-service.ts";
import { PICTURE_POLICY } from "../picture-policy.ts";
import { type ApiRoute, type Asked, sendAnswer, type WriteRoute } from "./api-route.ts";
import { buildOpenApi } from "./build-openapi.ts";
import { READ_ROUTES } from "./read-routes.ts";
import { type JsonSchema, RECORD_SCHEMAS } from "./record-schemas.ts";
import { WRITE_ROUTES } from "./write-routes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks for a change; null for everything else. */
    actor: Actor | null;
    /** Who reads by the API; null: one without a token, or it is not known yet. */
    reader: Reader | null;
  }
}

/** Bodies are taken as they are; what stands in a URL is text and is turned into numbers. */
const STRICT = new Ajv({ allowUnionTypes: true, useDefaults: true });
const COERCING = new Ajv({ allowUnionTypes: true, useDefaults: true, coerceTypes: true });

/** Serves `/api/v1`: the routes of the table, and the document that describes them. */
export function registerApi(
  app: FastifyInstance,
  service: DaemonService,
  { identify, now }: { readonly identify: Identify; readonly now: () => Date },
): void {
  const routes: readonly ApiRoute[] = [...READ_ROUTES, ...WRITE_ROUTES];
  const document = buildOpenApi(routes, service.version);
  app.register(async (scope) => {
    for (const [name, schema] of Object.entries(RECORD_SCHEMAS)) scope.addSchema({ $id: name, ...schema });
    scope.setValidatorCompiler(({ schema, httpPart }) => (httpPart === "body" ? STRICT : COERCING).compile(schema));
    scope.removeContentTypeParser("text/plain");
    scope.get("/api/v1/openapi.json", async (request) => {
      await identify.requireReader(request);
      return document;
    });
    for (const route of routes) registerRoute(scope, service, { route, identify, now });
  });
}

function registerRoute(
  scope: FastifyInstance,
  service: DaemonService,
  { route, identify, now }: { readonly route: ApiRoute; readonly identify: Identify; readonly now: () => Date },
): void {
  scope.route({
    method: route.method,
    url: route.url,
    schema: toFastifySchema(route),
    // Before anything is parsed: who may not ask learns nothing of what would have been wrong.
    onRequest: async (request) => {
      if (route.method === "GET") request.reader = await identify.requireReader(request);
      else request.actor = toActor(request, await identify.requireRole(request, route.role));
    },
    preValidation: async (request) => {
      request.body ??= {};
    },
    async handler(request, reply) {
      const asked = toAsked(request, service, now());
      const answer = route.method === "GET" ? await route.read(asked) : await write(route, asked, request.actor);
      if (route.media_type === "image/svg+xml") reply.header("content-security-policy", PICTURE_POLICY);
      return sendAnswer(reply, route, answer);
    },
  });
}

function write(route: WriteRoute, asked: Asked, actor: Actor | null): Promise<unknown> {
  if (actor === null) throw new Error("A route that changes something was reached without an actor");
  return route.write(asked, actor);
}

function toAsked({ params, query, body, reader }: FastifyRequest, service: DaemonService, now: Date): Asked {
  return { service, now, reader, params: params as Asked["params"], query: query as Asked["query"], body };
}

/** The command line says who it is; that is for the audit alone, nothing depends on it. */
function toActor({ headers }: FastifyRequest, { name, role }: Pick<Actor, "name" | "role">): Actor {
  return { name, role, via: headers["user-agent"]?.startsWith("poolkeeper/") === true ? "cli" : "api" };
}

function toFastifySchema(route: ApiRoute): Record<string, JsonSchema> {
  const object = (properties: JsonSchema) => ({ type: "object", properties, additionalProperties: false });
  return {
    params: object(route.params),
    ...(route.method === "GET" ? { querystring: object(route.query) } : { body: route.body }),
    ...(route.answer === null ? {} : { response: { [route.status]: route.answer } }),
  };
}
