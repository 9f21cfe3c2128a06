import type { DescMessage, DescMethodUnary } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import type { UniversalClientFn } from "@connectrpc/connect/protocol";
import { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
import type { Dispatcher } from "undici";
import type { Fence } from "../../model/fence.ts";
import { createDispatcher } from "../http/create-dispatcher.ts";
import { createHttpClient } from "../http/create-http-client.ts";
import { gzipCompression } from "../http/gzip-compression.ts";
import { AnswerTooLargeError, readBytes } from "../http/read-body.ts";
import type { Connection } from "./connection.ts";
import { GetSettingsForEditResponseSchema } from "./gen/flyteidl2/settings/settings_pb.js";
import { hasMoreUnknown } from "./has-more-unknown.ts";

/**
 * One answer at most, unpacked: a page of a thousand queues is below, and a longer one is asked for in smaller pages. It is decoded in one go, and
 * an object of two bytes takes more than a hundred in memory.
 */
const READ_MAX_BYTES = 2 * 1024 * 1024;
const WITHOUT_UNKNOWN = { readUnknownFields: false };
/** Names of what we do not know of settings are shown. */
const SHOWN_WHOLE = GetSettingsForEditResponseSchema;
const WRITE_MAX_BYTES = 16 * 1024 * 1024;

/** Far more than a later release adds to an object and its lists. */
const MOST_UNKNOWN = 20_000;

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
    const known = createConnectTransport({
      ...options,
      httpClient: createHttpClient(dispatcher, { fence }),
      acceptCompression: [gzipCompression],
      binaryOptions: WITHOUT_UNKNOWN,
    });
    // They are counted in what has come, so it is not packed.
    const whole = ({ output }: DescMethodUnary) =>
      createConnectTransport({
        ...options,
        httpClient: countFields(createHttpClient(dispatcher, { fence, mostBytes: READ_MAX_BYTES }), output),
        acceptCompression: [],
      });
    const unary: Transport["unary"] = (method, ...call) => {
      const isWhole = fence !== undefined || method.output.typeName === SHOWN_WHOLE.typeName;
      return (isWhole ? whole(method) : known).unary(method, ...call);
    };
    // All messages of a stream together are one answer: they are not packed, so that their bytes can be counted as they come.
    const { stream } = createConnectTransport({
      ...options,
      httpClient: createHttpClient(dispatcher, { fence, mostBytes: READ_MAX_BYTES }),
      acceptCompression: [],
      binaryOptions: WITHOUT_UNKNOWN,
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

/** A client whose answers are refused that have too many fields unknown to us. */
function countFields(send: UniversalClientFn, schema: DescMessage): UniversalClientFn {
  return async (call) => {
    const answer = await send(call);
    return answer.status === 200 ? { ...answer, body: requireFew(answer.body, schema) } : answer;
  };
}

async function* requireFew(body: AsyncIterable<Uint8Array>, schema: DescMessage): AsyncGenerator<Uint8Array> {
  const bytes = await readBytes(body, READ_MAX_BYTES);
  if (hasMoreUnknown(schema, bytes, MOST_UNKNOWN) === true) throw new AnswerTooLargeError();
  yield bytes;
}
