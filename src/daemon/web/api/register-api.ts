import { Ajv } from "ajv";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor, DaemonService, Reader } from "../../../model/daemon/daemon-service.ts";
import type { JsonSchema } from "../../../model/json/shape.ts";
import { describeRead } from "../access/describe-read.ts";
import type { Identify } from "../access/identify.ts";
import { serializeOnUse, validateOnUse } from "../answers/compile-on-use.ts";
import type { PaceReads } from "../answers/pace-reads.ts";
import { type ApiRoute, type Asked, PICTURE_POLICY, type ReadRoute, sendAnswer, type WriteRoute } from "./api-route.ts";
import { buildOpenApi } from "./build-openapi.ts";
import { READ_ROUTES } from "./read-routes.ts";
import { RECORD_SCHEMAS } from "./record-schemas.ts";
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
const validateBody = validateOnUse(new Ajv({ allowUnionTypes: true, useDefaults: true }));
const validateParameters = validateOnUse(new Ajv({ allowUnionTypes: true, useDefaults: true, coerceTypes: true }));
const serialize = serializeOnUse(RECORD_SCHEMAS);

const ROUTES: readonly ApiRoute[] = [...READ_ROUTES, ...WRITE_ROUTES];
/** The same objects for every server, so that they are compiled once. */
const SCHEMAS = new Map(ROUTES.map((route) => [route, toFastifySchema(route)]));

/** What the API needs beside the service. */
export interface ApiOptions {
  readonly identify: Identify;
  readonly now: () => Date;
  readonly pace: PaceReads;
}

/** Serves `/api/v1`: the routes of the table, and the document that describes them. */
export function registerApi(app: FastifyInstance, service: DaemonService, { identify, now, pace }: ApiOptions): void {
  const document = buildOpenApi(ROUTES, service.version);
  app.register(async (scope) => {
    scope.setValidatorCompiler((part) => (part.httpPart === "body" ? validateBody : validateParameters)(part));
    scope.setSerializerCompiler(serialize);
    scope.removeContentTypeParser("text/plain");
    scope.get("/api/v1/openapi.json", async (request) => {
      await identify.requireReader(request);
      return document;
    });
    for (const route of ROUTES) registerRoute(scope, service, { route, identify, now, pace });
  });
}

function registerRoute(
  scope: FastifyInstance,
  service: DaemonService,
  { route, identify, now, pace }: ApiOptions & { readonly route: ApiRoute },
): void {
  /** As bytes, which all who asked share. */
  const read = async (from: ReadRoute, request: FastifyRequest, reply: FastifyReply) => {
    const answer = await from.read(toAsked(request, service, now()));
    if (from.answer === null) return answer;
    const text = reply.code(from.status).serialize(answer);
    return typeof text === "string" ? Buffer.from(text) : text;
  };
  scope.route({
    method: route.method,
    url: route.url,
    schema: SCHEMAS.get(route) ?? {},
    // Before anything is parsed: who may not ask learns nothing of what would have been wrong.
    onRequest: async (request) => {
      if (route.method === "GET") request.reader = await identify.requireReader(request);
      else request.actor = toActor(request, await identify.requireRole(request, route.role));
    },
    preValidation: async (request) => {
      request.body ??= {};
    },
    async handler(request, reply) {
      const answer =
        route.method === "GET"
          ? await pace(describeRead(request, [request.query, request.reader]), () => read(route, request, reply))
          : await write(route, toAsked(request, service, now()), request.actor);
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
