import type { Interceptor, Transport } from "@connectrpc/connect";
import type { UniversalClientFn } from "@connectrpc/connect/protocol";
import { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
import type { Dispatcher } from "undici";
import type { Fence } from "../../model/fence.ts";
import { createDispatcher } from "../http/create-dispatcher.ts";
import { createHttpClient } from "../http/create-http-client.ts";
import { createTurns } from "../http/create-turns.ts";
import { gzipCompression } from "../http/gzip-compression.ts";
import { checkAnswers, checkStream, READ_MAX_BYTES } from "./check-answers.ts";
import type { Connection } from "./connection.ts";
import { GetSettingsForEditResponseSchema } from "./gen/flyteidl2/settings/settings_pb.js";

const WITHOUT_UNKNOWN = { readUnknownFields: false };
/** Names of what we do not know of settings are shown. */
const SHOWN_WHOLE = GetSettingsForEditResponseSchema;
const WRITE_MAX_BYTES = 16 * 1024 * 1024;

/** A transport with the connections it owns. */
export interface OpenTransport {
  readonly transport: Transport;
  /**
   * The same transport on the same connections, which sends nothing that the fence does not let pass. What it reads may be sent back, so that
   * its answers hold fields unknown to us as well, up to a number. Others hold none, but for settings, where they are shown.
   */
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
  const turns = createTurns();
  const close = () => dispatcher.destroy();
  const connect = (interceptors: readonly Interceptor[], fence?: Fence): Transport => {
    const send = createHttpClient(dispatcher, { fence, mostBytes: READ_MAX_BYTES });
    const options = {
      baseUrl: connection.endpoint,
      useBinaryFormat: true,
      interceptors: [...interceptors],
      acceptCompression: [gzipCompression],
      sendCompression: null,
      compressMinBytes: WRITE_MAX_BYTES,
      readMaxBytes: READ_MAX_BYTES,
      writeMaxBytes: WRITE_MAX_BYTES,
      defaultTimeoutMs: connection.timeoutMs,
    };
    const answering = (httpClient: UniversalClientFn, isWhole: boolean) =>
      createConnectTransport({ ...options, httpClient, ...(isWhole ? {} : { binaryOptions: WITHOUT_UNKNOWN }) });
    const unary: Transport["unary"] = (method, ...call) => {
      const keepsUnknown = fence !== undefined || method.output.typeName === SHOWN_WHOLE.typeName;
      return answering(checkAnswers(send, method, { turns, keepsUnknown }), keepsUnknown).unary(method, ...call);
    };
    // All messages of a stream together are one answer: they are not packed, so that their bytes can be counted as they come.
    const stream: Transport["stream"] = (method, ...call) =>
      createConnectTransport({
        ...options,
        httpClient: checkStream(send, method, { turns, keepsUnknown: false }),
        acceptCompression: [],
        binaryOptions: WITHOUT_UNKNOWN,
      }).stream(method, ...call);
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
