import type { Interceptor, Transport } from "@connectrpc/connect";
import { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
import type { Dispatcher } from "undici";
import type { Fence } from "../../model/fence.ts";
import { createDispatcher } from "../http/create-dispatcher.ts";
import { createHttpClient } from "../http/create-http-client.ts";
import { gzipCompression } from "../http/gzip-compression.ts";
import type { Connection } from "./connection.ts";

/**
 * One answer at most, unpacked: a page of a thousand queues is below, and a longer one is asked for in smaller pages. It is decoded in one go, and
 * an object of two bytes takes more than a hundred in memory.
 */
const READ_MAX_BYTES = 2 * 1024 * 1024;
const WRITE_MAX_BYTES = 16 * 1024 * 1024;

/** A transport with the connections it owns. */
export interface OpenTransport {
  readonly transport: Transport;
  /** The same transport on the same connections, which sends nothing that the fence does not let pass. */
  under(fence: Fence): Transport;
  /** The same connections for calls beside the wire (the token endpoint). */
  readonly dispatcher: Dispatcher;
  /** Frees the connections; calls that still run are cut. */
  close(): Promise<void>;
}

/**
 * The Connect protocol in binary over HTTP/1.1 on a connection pool of its own. Every call ends after `timeoutMs` unless it
 * says otherwise. `intercept` adds authentication; it gets the dispatcher for its own calls.
 */
export function createTransport(
  connection: Connection,
  intercept: (bare: OpenTransport) => readonly Interceptor[] = () => [],
): OpenTransport {
  const dispatcher = createDispatcher({ ...connection, hostname: new URL(connection.endpoint).hostname });
  const close = () => dispatcher.destroy();
  const connect = (interceptors: readonly Interceptor[], fence?: Fence): Transport => {
    const options = {
      baseUrl: connection.endpoint,
      useBinaryFormat: true,
      interceptors: [...interceptors],
      sendCompression: null,
      compressMinBytes: WRITE_MAX_BYTES,
      readMaxBytes: READ_MAX_BYTES,
      writeMaxBytes: WRITE_MAX_BYTES,
      defaultTimeoutMs: connection.timeoutMs,
    };
    const { unary } = createConnectTransport({
      ...options,
      httpClient: createHttpClient(dispatcher, { fence }),
      acceptCompression: [gzipCompression],
    });
    // All messages of a stream together are one answer: they are not packed, so that their bytes can be counted as they come.
    const { stream } = createConnectTransport({
      ...options,
      httpClient: createHttpClient(dispatcher, { fence, mostBytes: READ_MAX_BYTES }),
      acceptCompression: [],
    });
    return { unary, stream };
  };
  const build = (interceptors: readonly Interceptor[]): OpenTransport => ({
    transport: connect(interceptors),
    under: (fence) => connect(interceptors, fence),
    dispatcher,
    close,
  });
  return build(intercept(build([])));
}
