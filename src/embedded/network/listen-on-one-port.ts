import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from "node:net";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { explainListenFailure } from "../../systems/http/explain-listen-failure.ts";

/** A request and a response of either HTTP version. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;
export type AnyResponse = ServerResponse | Http2ServerResponse;
/** A request handler for HTTP/1.1 and HTTP/2, such as the Connect adapter for Node. */
export type AnyRequestListener = (request: AnyRequest, response: AnyResponse) => void;

/** Responds with JSON that must not be cached. */
export function sendJson(response: AnyResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.setHeader("cache-control", "no-store");
  response.end(`${JSON.stringify(body)}\n`);
}

/** The address to listen on: port 0 picks a free one; with a certificate and key (PEM), TLS is served. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A listening port. `close` closes it and every connection on it. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that none is closed at the moment of its reuse. */
const KEEP_ALIVE_MS = 65_000;
const PREFACE = "PRI";

/**
 * Serves HTTP/1.1 and HTTP/2 on one port: over TLS by ALPN, in plain text by the first bytes, which identify an HTTP/2 client.
 * Throws an OperationalError where the port cannot be listened on.
 */
export async function listenOnOnePort(listener: AnyRequestListener, options: ListenOptions): Promise<Listening> {
  const server = options.tls === undefined ? createClearServer(listener) : createTlsServer(listener, options.tls);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const address = await listen(server, options);
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
  };
  return { port: address.port, close };
}

function createTlsServer(listener: AnyRequestListener, tls: { readonly cert: string; readonly key: string }): Server {
  return createSecureServer({ ...tls, allowHTTP1: true }, listener);
}

function createClearServer(listener: AnyRequestListener): Server {
  const http1 = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener);
  const http2 = createHttp2Server(listener);
  return createSocketServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
    peek(socket, Buffer.alloc(0), (isHttp2) => (isHttp2 ? http2 : http1).emit("connection", socket));
  });
}

/** Waits for the first bytes of a connection, unshifts them, and returns whether an HTTP/2 client sent them. */
function peek(socket: Socket, seen: Buffer, decide: (isHttp2: boolean) => void): void {
  socket.once("data", (chunk: Buffer) => {
    const bytes = Buffer.concat([seen, chunk]);
    const start = bytes.toString("latin1", 0, PREFACE.length);
    if (bytes.length < PREFACE.length && PREFACE.startsWith(start)) {
      peek(socket, bytes, decide);
      return;
    }
    socket.pause();
    socket.unshift(bytes);
    decide(start === PREFACE);
    process.nextTick(() => socket.resume());
  });
}

async function listen(server: Server, { host, port }: ListenOptions): Promise<AddressInfo> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw new OperationalError("cannot_listen", `Port ${port} of ${host} ${explainListenFailure(cause)}.`, {
      next: "stop",
      cause,
    });
  }
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError("a server that listens on a port has an address");
  }
  return address;
}
