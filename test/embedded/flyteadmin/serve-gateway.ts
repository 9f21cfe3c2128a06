import { request } from "undici";
import { onTestFinished } from "vitest";
import {
  type ServedControlPlane,
  type ServeOptions,
  serveControlPlane,
} from "../../../src/embedded/serve-control-plane.ts";

/** What a gateway answered: HTTP status, and the body as JSON where it is that. */
export interface GatewayAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** A request to the gateway; without headers none are sent that choose a naming or declare a body. */
export interface GatewayRequest {
  /** Sent as JSON text, or as it is when it is a text. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A served flyteadmin and a way to talk to its gateway without any client of ours. */
export interface Gateway {
  readonly served: ServedControlPlane;
  /** `line` is for example `GET /projects`; the path is below `/api/v1`. */
  send(line: string, request?: GatewayRequest): Promise<GatewayAnswer>;
  /** The same with a body that is declared as JSON; gives `[status, body]`. */
  json(line: string, body?: object | string): Promise<readonly [status: number, body: unknown]>;
  /** Writes a label at a path of the gateway; a refusal fails the test. */
  label(path: string, value: string): Promise<void>;
  /** Archives a project; a refusal fails the test. */
  archive(project: string): Promise<void>;
}

export const JSON_TYPE = { "content-type": "application/json" };

/** The attributes with an execution cluster label, as a write has them. */
export function labelBody(value: string): object {
  return { attributes: { matching_attributes: { execution_cluster_label: { value } } } };
}

/** Serves flyteadmin until the test ends. */
export async function serveGateway(options: Partial<ServeOptions> = {}): Promise<Gateway> {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme", ...options });
  onTestFinished(() => served.close());
  const send: Gateway["send"] = async (line, { body, headers = {} } = {}) => {
    const [method = "GET", path = ""] = line.split(" ", 2);
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await request(`${served.url}/api/v1${path}`, {
      method: method as "GET",
      headers,
      ...(text === undefined ? {} : { body: text }),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const contentType = String(answer.headers["content-type"]);
    const isJson = contentType.startsWith("application/json");
    return { status: answer.statusCode, body: isJson ? JSON.parse(bytes.toString()) : undefined, contentType, bytes };
  };
  const json: Gateway["json"] = async (line, body) => {
    const answer = await send(line, { headers: JSON_TYPE, ...(body === undefined ? {} : { body }) });
    return [answer.status, answer.body];
  };
  const succeed = async (line: string, body: object) => {
    const [status, answer] = await json(line, body);
    if (status !== 200) throw new Error(`${line}: ${status} ${JSON.stringify(answer)}`);
  };
  return {
    served,
    send,
    json,
    label: (path, value) => succeed(`PUT ${path}`, labelBody(value)),
    archive: (project) => succeed(`PUT /projects/${project}`, { id: project, state: "ARCHIVED" }),
  };
}
