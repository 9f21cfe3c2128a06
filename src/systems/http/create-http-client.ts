import type { UniversalClientFn } from "@connectrpc/connect/protocol";
import type { Dispatcher } from "undici";
import type { Fence } from "../../model/fence.ts";
import { AnswerTooLargeError, MOST_BYTES, REFUSAL_MAX_BYTES } from "./read-body.ts";
import { sendRequest } from "./send-request.ts";

/** Which calls an HTTP client makes. */
export interface HttpClientOptions {
  /** Who may send. Left out: it is for reads. */
  readonly fence?: Fence | undefined;
  /** Of an answer of success. Left out: {@link MOST_BYTES}. */
  readonly mostBytes?: number;
}

/**
 * The HTTP client that the Connect protocol runs on, over undici. The request body is collected first (unary calls and server
 * streams send one message), so that it goes out with a content-length; the response body is streamed. With a fence, nothing is sent
 * that it does not let pass. A body of more than `mostBytes` fails the call with an AnswerTooLargeError.
 */
export function createHttpClient(
  dispatcher: Dispatcher,
  { fence, mostBytes }: HttpClientOptions = {},
): UniversalClientFn {
  return async (call) => {
    const body = call.body === undefined ? null : await collect(call.body);
    const response = await sendRequest(call.url, {
      ...{ dispatcher, body, fence },
      method: call.method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(call.header),
      signal: call.signal,
    });
    return {
      status: response.statusCode,
      header: toHeaders(response.headers),
      body: response.statusCode === 200 ? countBytes(response.body, mostBytes) : cutBody(response.body),
      trailer: new Headers(),
    };
  };
}

/** An error is reported by its status where its body is longer than any server's of ours. */
async function* cutBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > REFUSAL_MAX_BYTES) return;
    yield chunk;
  }
}

async function* countBytes(body: AsyncIterable<Uint8Array>, mostBytes = MOST_BYTES): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new AnswerTooLargeError();
    yield chunk;
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function toHeaders(incoming: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    for (const single of [value ?? []].flat()) headers.append(name, single);
  }
  return headers;
}
