import type { FastifyReply } from "fastify";
import type { Role } from "../../../model/daemon/daemon-config.ts";
import type { Actor, DaemonService, Reader } from "../../../model/daemon/daemon-service.ts";
import type { JsonSchema } from "../../../model/json/shape.ts";

/** A request after its schema has been checked. */
export interface Asked<B = unknown> {
  readonly service: DaemonService;
  readonly now: Date;
  /** Who reads, by their token or session; null: one without. */
  readonly reader: Reader | null;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number>>;
  readonly body: B;
}

/** One route of the API: from this table both the server and its OpenAPI document are made. */
export type ApiRoute = ReadRoute | WriteRoute;

interface RouteShape {
  /** With `:name` for parameters. */
  readonly url: string;
  /** A verb and what it is about; unique. */
  readonly id: string;
  readonly summary: string;
  /** Schemas of parameters in the path, by name. */
  readonly params: Readonly<Record<string, JsonSchema>>;
  /** The status when all went well, and the answer's schema; null: not JSON, `media_type` says what. */
  readonly status: 200 | 201 | 202;
  readonly answer: JsonSchema | null;
  readonly media_type?: string;
}

export interface ReadRoute extends RouteShape {
  readonly method: "GET";
  readonly query: Readonly<Record<string, JsonSchema>>;
  /** What is answered with; a text that is no JSON is sent as `media_type`. */
  readonly read: (asked: Asked) => Promise<unknown>;
}

export interface WriteRoute extends RouteShape {
  readonly method: "POST";
  readonly role: Role;
  readonly body: JsonSchema;
  readonly write: (asked: Asked, actor: Actor) => Promise<unknown>;
}

/** A route that changes something, with the type that its body's schema stands for. */
export function writeRoute<B>(
  route: Omit<WriteRoute, "method" | "write"> & {
    readonly write: (asked: Asked<B>, actor: Actor) => Promise<unknown>;
  },
): WriteRoute {
  return { ...route, method: "POST", write: (asked, actor) => route.write({ ...asked, body: asked.body as B }, actor) };
}

/** Sends what a route answers with. */
export function sendAnswer(reply: FastifyReply, route: ApiRoute, answer: unknown): FastifyReply {
  return reply
    .code(route.status)
    .type(route.media_type ?? "application/json; charset=utf-8")
    .send(answer);
}

/** The content security policy of pictures: one that is opened by itself runs and loads nothing. */
export const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";
