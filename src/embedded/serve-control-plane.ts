import { type DescMethod, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { createContextValues, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { Generation } from "../model/objects/live.ts";
import { serveAdmin } from "./admin/serve-admin.ts";
import { createFaultQueue, cutConnection, type FaultQueue, injectFaults } from "./faults/inject-faults.ts";
import { createFlyteadminModel, type FlyteadminModel } from "./flyteadmin/create-flyteadmin-model.ts";
import { createGateway } from "./flyteadmin/create-gateway.ts";
import { GATEWAY_PREFIX } from "./flyteadmin/gateway-routes.ts";
import { routeAdminService } from "./flyteadmin/route-admin-service.ts";
import { createModel, isMutation, type Model, type ModelOptions } from "./model/create-model.ts";
import type { Simulation } from "./model/simulate-data-plane.ts";
import { createTokenIssuer, type OAuthClient, TOKEN_PATH, type TokenIssuer } from "./network/issue-tokens.ts";
import {
  type AnyRequest,
  type AnyRequestListener,
  type Listening,
  listenOnOnePort,
} from "./network/listen-on-one-port.ts";
import { requireToken, sameSecret } from "./network/require-token.ts";
import { routeAuthMetadata } from "./network/route-auth-metadata.ts";
import { openStore } from "./open-embedded-store.ts";
import { createRoutes } from "./services/create-routes.ts";
import { EMBEDDED_USER } from "./state/author.ts";

/** The options of the embedded control plane. Unless stated otherwise, the default is off. */
export interface ServeOptions {
  readonly generation: Generation;
  readonly org: string;
  /** Default 0: a free port is picked. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Folder of the state. Default: none, and the state is lost at the end. */
  readonly data?: string;
  /** The bearer token that calls must have. */
  readonly token?: string;
  /** Calls may (or, without `token`, must) have a token that was issued to this client by the token endpoint. */
  readonly oauth?: OAuthClient;
  /** Certificate and key, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Pace of a simulated data plane. */
  readonly simulation?: Simulation;
  /** Port of the admin interface, always on loopback; 0 picks a free one. Default: none. */
  readonly adminPort?: number;
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: () => number;
}

/** A running control plane. */
export interface ServedControlPlane {
  readonly url: string;
  /** Null when the admin interface is off. */
  readonly adminUrl: string | null;
  readonly model: Model;
  /** The flyteadmin on the same port. */
  readonly flyteadmin: FlyteadminModel;
  /** Closes streams and connections, then the store. */
  close(): Promise<void>;
}

/** The interval at which time advances without requests, in milliseconds. */
const TICK_MS = 200;

/**
 * Serves the embedded control plane: Connect (proto and JSON, gzip) over HTTP/1.1 and HTTP/2, gRPC and gRPC-web, on one
 * port, and flyteadmin (AdminService, and its HTTP gateway below `/api/`). Throws an OperationalError where the port or the data
 * folder is unavailable.
 */
export async function serveControlPlane(options: ServeOptions): Promise<ServedControlPlane> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      await closer();
    }
  };
  try {
    const models = openModels(options, closers);
    const { model, flyteadmin } = models;
    const faults = createFaultQueue();
    const { port } = await listen(options, models, faults, closers);
    const adminUrl = await listenAdmin(options, models, faults, closers);
    const ticking = setInterval(() => model.settle(), TICK_MS);
    closers.push(() => clearInterval(ticking));
    const url = `${options.tls === undefined ? "http" : "https"}://${options.host ?? "127.0.0.1"}:${port}`;
    return { url, adminUrl, model, flyteadmin, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Models {
  readonly model: Model;
  readonly flyteadmin: FlyteadminModel;
}

function openModels(options: ServeOptions, closers: (() => void)[]): Models {
  const { generation, org, now = Date.now, simulation, data } = options;
  const store = data === undefined ? undefined : openStore(data, { org, generation });
  if (store !== undefined) {
    closers.push(() => store.close());
  }
  const settings: ModelOptions = { generation, org, now };
  const model = createModel({ ...settings, ...(store && { store }), ...(simulation && { simulation }) });
  const flyteadmin = createFlyteadminModel({ now, note: model.note, ...(store && { store: store.flyteadmin }) });
  return { model, flyteadmin };
}

async function listen(
  options: ServeOptions,
  { model, flyteadmin }: Models,
  faults: FaultQueue,
  closers: (() => void | Promise<void>)[],
): Promise<Listening> {
  const shutdown = new AbortController();
  const issuer = options.oauth && createTokenIssuer(options.oauth, model.now);
  const routes = createRoutes(model);
  const interceptors = [
    ...guard(options, issuer),
    injectFaults(faults, (request, error) => noteFault(model, request, error)),
  ];
  const gateway = createGateway({ routes: (router) => routeAdminService(router, flyteadmin), interceptors, cut });
  const rpc = connectNodeAdapter({
    routes: (router) => {
      routes(router);
      routeAdminService(router, flyteadmin);
      routeAuthMetadata(router, options.oauth);
    },
    interceptors,
    shutdownSignal: shutdown.signal,
    contextValues: (request) => createContextValues().set(cutConnection, () => cut(request)),
  });
  const listening = await listenOnOnePort(withTokenEndpoint(withGateway(rpc, gateway), issuer), {
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    ...(options.tls && { tls: options.tls }),
  });
  closers.push(() => listening.close());
  closers.push(() => shutdown.abort());
  closers.push(() => faults.close());
  return listening;
}

/** Cuts the connection of a request; an HTTP/2 request is on a stream of its session, which owns the connection. */
function cut(request: AnyRequest): void {
  if ("stream" in request) {
    request.stream.session?.destroy();
  } else {
    request.socket.destroy();
  }
}

function guard(options: ServeOptions, issuer: TokenIssuer | undefined): readonly Interceptor[] {
  const { token } = options;
  if (token === undefined && issuer === undefined) {
    return [];
  }
  const isShared = (sent: string) => token !== undefined && sameSecret(sent, token);
  return [requireToken((sent) => (isShared(sent) ? EMBEDDED_USER : (issuer?.identify(sent) ?? null)))];
}

function withGateway(rpc: AnyRequestListener, gateway: AnyRequestListener): AnyRequestListener {
  return (request, response) =>
    request.url?.startsWith(GATEWAY_PREFIX) ? gateway(request, response) : rpc(request, response);
}

function withTokenEndpoint(rpc: AnyRequestListener, issuer: TokenIssuer | undefined): AnyRequestListener {
  return (request, response) => {
    if (issuer !== undefined && request.url === TOKEN_PATH && request.method === "POST") {
      issuer
        .answer(request, response)
        .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
    } else {
      rpc(request, response);
    }
  };
}

function noteFault(model: Model, request: UnaryRequest | StreamRequest, error: Parameters<Model["note"]>[2]): void {
  if (isMutation(request.method)) {
    model.note(request.method, request.stream ? {} : requestJson(request.method, request.message), error);
  }
}

function requestJson(method: DescMethod, message: Message): JsonValue {
  return toJson(method.input, message, { useProtoFieldName: true });
}

async function listenAdmin(
  options: ServeOptions,
  { model, flyteadmin }: Models,
  faults: FaultQueue,
  closers: (() => void | Promise<void>)[],
): Promise<string | null> {
  if (options.adminPort === undefined) {
    return null;
  }
  const admin = await serveAdmin(model, flyteadmin, faults, options.adminPort);
  closers.push(() => admin.close());
  return `http://127.0.0.1:${admin.port}`;
}
