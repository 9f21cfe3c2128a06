import { Code, ConnectError, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { DEFAULT_HEADER } from "./discover-authentication.ts";
import type { TokenSource } from "./token-source.ts";

/** Which header carries the token. */
export interface HeaderSource {
  /** True: ask before the first call. False: `authorization`, and ask only when a token is refused. */
  readonly askFirst: boolean;
  readonly discover: () => Promise<string>;
}

/**
 * Puts a bearer token onto every call. A call that is refused as `unauthenticated` took no effect, so it is sent once more when there is
 * another token, or another header to carry it; else the refusal stands.
 */
export function createAuthenticator(tokens: TokenSource, header: HeaderSource): Interceptor {
  let name: string | undefined = header.askFirst ? undefined : DEFAULT_HEADER;
  return (next) => async (call) => {
    const copy = await makeCopies(call);
    name ??= await header.discover();
    const first = { header: name, token: await tokens.get() };
    try {
      return await next(copy(first.header, first.token));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const hasNewToken = await tokens.renew(first.token);
      name = await header.discover();
      if (!hasNewToken && name === first.header) throw error;
      return next(copy(name, await tokens.get()));
    }
  };
}

type Call = UnaryRequest | StreamRequest;

/** A stream's messages can be read once only, so they are kept; none of our calls sends more than one. */
async function makeCopies(call: Call): Promise<(header: string, token: string) => Call> {
  const withToken = (header: string, token: string) => {
    const copy = new Headers(call.header);
    copy.set(header, `Bearer ${token}`);
    return copy;
  };
  if (!call.stream) return (header, token) => ({ ...call, header: withToken(header, token) });
  const messages: Extract<Call, { stream: false }>["message"][] = [];
  for await (const message of call.message) messages.push(message);
  return (header, token) => ({ ...call, header: withToken(header, token), message: createAsyncIterable(messages) });
}

function isRefusal(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated;
}
