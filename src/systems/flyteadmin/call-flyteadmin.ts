import type { Dispatcher } from "undici";
import type { Fence } from "../../model/fence.ts";
import { callJson, type JsonCall, readHeader } from "../http/call-json.ts";
import type { FailedCall } from "../http/create-failure.ts";
import { createCredentialRedactor } from "../http/redact-credentials.ts";
import { createRetries, isWorthReadingAgain, type RetrySettings } from "../http/try-again.ts";
import type { FlyteadminConnection } from "./flyteadmin-connection.ts";
import { mapError, mapRefusal } from "./map-flyteadmin-error.ts";
import { parseObject, type WireObject } from "./wire-json.ts";

/** Makes calls to flyteadmin's HTTP gateway with a time limit; their failures are OperationalErrors. */
export interface FlyteadminCaller {
  /**
   * Reads, and decodes what is read, of so many bytes (an AnswerShapeError there is a bad answer). Tried again after failures that allow it.
   * `path` starts with `/api/v1/` and has its query.
   */
  get<T>(
    path: string,
    decode: (answer: WireObject, bytes: number) => T,
    limits?: Pick<JsonCall, "mostValues">,
  ): Promise<T>;
  /** Writes; tried again only when it lost to another first write of the same row, and so did nothing. */
  write(verb: "PUT" | "DELETE", path: string, body: object): Promise<void>;
}

/** How calls are made; every field has a default. */
export interface CallSettings extends RetrySettings {
  /** Ends reads immediately, with an OperationalError `ended_early`. It never ends a write. Default: nothing does. */
  readonly signal?: AbortSignal;
  /** The time in milliseconds. Default the system clock. */
  readonly now?: () => number;
  /** What every call has to pass before it is sent. Default: nothing; then the caller is for reads. */
  readonly fence?: Fence;
}

type Verb = "GET" | "PUT" | "DELETE";

/** A caller for one flyteadmin, over the connections of a dispatcher. */
export function createCaller(
  connection: FlyteadminConnection,
  dispatcher: Dispatcher,
  settings: CallSettings = {},
): FlyteadminCaller {
  const { endpoint, token } = connection;
  const { now = Date.now, signal, fence } = settings;
  const readAgain = createRetries(settings, isWorthReadingAgain, signal);
  const writeAgain = createRetries(settings, ({ code }) => code === "aborted");
  const redact = createCredentialRedactor(() => (token === null ? [] : [{ secret: token.reveal() }]));
  const call = async <T>(
    verb: Verb,
    path: string,
    decode: (answer: WireObject, bytes: number) => T,
    { body, mostValues }: Pick<JsonCall, "body" | "mostValues">,
  ): Promise<T> => {
    const failed: FailedCall = {
      call: `${verb} ${path}`,
      server: "flyteadmin",
      endpoint,
      write: verb !== "GET",
      redact,
    };
    try {
      const isRead = verb === "GET";
      const { status, headers, text, bytes, inTurn } = await callJson(dispatcher, {
        ...{ url: `${endpoint}${path}`, method: verb, body, mostValues, fence, signal: isRead ? signal : undefined },
        headers: {
          // Without exactly this content type, fields that flyteadmin does not know are dropped in silence.
          "content-type": "application/json",
          ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
        },
        timeoutMs: isRead ? connection.timeoutMs : connection.writeTimeoutMs,
      });
      if (status === 200) return await inTurn(() => decode(parseObject(text), bytes));
      throw mapRefusal({ status, retryAfter: readHeader(headers, "retry-after"), text }, failed, now());
    } catch (error) {
      throw mapError(error, failed);
    }
  };
  return {
    get: (path, decode, limits = {}) => readAgain(() => call("GET", path, decode, limits)),
    write: (verb, path, body) => writeAgain(() => call(verb, path, () => undefined, { body })),
  };
}
