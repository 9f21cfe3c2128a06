import { text } from "node:stream/consumers";
import { toBinary } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextValues,
  createRouterTransport,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import { cutConnection } from "../faults/inject-faults.ts";
import { type AnyRequest, type AnyRequestListener, type AnyResponse, sendJson } from "../network/listen-on-one-port.ts";
import { type GatewayRoute, matchRoute } from "./gateway-routes.ts";
import { readGatewayRequest } from "./read-gateway-request.ts";
import { chooseNaming, isJsonType, writeError, writeJson } from "./write-gateway-answer.ts";

/** The backend of the gateway. */
export interface GatewayOptions {
  /** The service, as served over gRPC. */
  readonly routes: (router: ConnectRouter) => void;
  /** The interceptors of calls, the same as over gRPC. */
  readonly interceptors: readonly Interceptor[];
  /** Cuts the connection of a request. */
  readonly cut: (request: AnyRequest) => void;
}

/** flyteadmin's HTTP gateway: JSON over the routes of `/api/v1`, with the same rules as gRPC. */
export function createGateway({ routes, interceptors, cut }: GatewayOptions): AnyRequestListener {
  const transport = createRouterTransport(routes, { transport: { interceptors: [...interceptors] } });
  return (request, response) => {
    answer(transport, request, response, cut)
      .catch((error: unknown) => sendError(response, ConnectError.from(error)))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  };
}

async function answer(
  transport: Transport,
  request: AnyRequest,
  response: AnyResponse,
  cut: GatewayOptions["cut"],
): Promise<void> {
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(request.url ?? "") ?? [];
  const match = matchRoute(request.method ?? "", path);
  const body = await text(request);
  if (match.kind !== "found") {
    throw match.kind === "unknown"
      ? new ConnectError("Not Found", Code.NotFound)
      : new ConnectError("Method Not Allowed", Code.Unimplemented);
  }
  const contentType = request.headers["content-type"] ?? "";
  const { route, fields } = match;
  const message = readGatewayRequest({
    route,
    fields,
    query: new URLSearchParams(query),
    body,
    isJson: isJsonType(contentType),
  });
  const context = createContextValues().set(cutConnection, () => cut(request));
  const headers = new Headers({ authorization: request.headers.authorization ?? "" });
  const signal = abortedWith(response);
  const answered = await transport.unary(route.method, signal, undefined, headers, message, context);
  sendAnswer(request, response, route, answered.message, contentType);
}

function sendAnswer(
  request: AnyRequest,
  response: AnyResponse,
  { method }: GatewayRoute,
  message: Parameters<typeof writeJson>[1],
  contentType: string,
): void {
  const accept = request.headers.accept ?? "";
  if (accept === "application/octet-stream") {
    response.setHeader("content-type", accept);
    response.end(toBinary(method.output, message));
    return;
  }
  sendJson(response, 200, writeJson(method.output, message, chooseNaming({ accept, contentType })));
}

function sendError(response: AnyResponse, error: ConnectError): void {
  const { status, body } = writeError(error);
  sendJson(response, status, body);
}

/** A signal that is aborted when the client disconnects before its response. */
function abortedWith(response: AnyResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableEnded) gone.abort();
  });
  return gone.signal;
}
