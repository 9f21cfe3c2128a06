import type { Dispatcher } from "undici";
import type { Fence } from "../../model/fence.ts";
import type { FailedCall } from "../http/create-failure.ts";
import { readBody, readRefusal } from "../http/read-body.ts";
import { redactCredentials } from "../http/redact-credentials.ts";
import { sendRequest } from "../http/send-request.ts";
import { createRetries, isWorthReadingAgain, type RetrySettings } from "../http/try-again.ts";
import type { FlyteadminConnection } from "./connection.ts";
import { mapError, mapRefusal } from "./map-error.ts";
import { parseObject, type WireObject } from "./wire-json.ts";

/** Makes calls to flyteadmin's HTTP gateway with a time limit; their failures are OperationalErrors. */
export interface FlyteadminCaller {
  /**
   * Reads, and decodes what is read (an AnswerShapeError there is a bad answer). Tried again after failures that allow it.
   * `path` starts with `/api/v1/` and has its query.
   */
  get<T>(path: string, decode: (answer: WireObject) => T): Promise<T>;
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

/** One answer at most: the list of rows comes in one piece, and 300,000 of them are below that. It is decoded in one go. */
const READ_MAX_BYTES = 64 * 1024 * 1024;

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
  const redact = (text: string) => redactCredentials(text, token === null ? [] : [{ secret: token.reveal() }]);
  const call = async <T>(verb: Verb, path: string, decode: (answer: WireObject) => T, body?: object): Promise<T> => {
    const failed: FailedCall = {
      call: `${verb} ${path}`,
      server: "flyteadmin",
      endpoint,
      write: verb !== "GET",
      redact,
    };
    try {
      const answer = await send(connection, dispatcher, {
        ...{ verb, path, body, fence },
        signal: verb === "GET" ? signal : undefined,
      });
      if (answer.statusCode === 200) return decode(parseObject(await readBody(answer.body, READ_MAX_BYTES)));
      const text = await readRefusal(answer.body);
      const [retryAfter = null] = [answer.headers["retry-after"] ?? []].flat();
      throw mapRefusal({ status: answer.statusCode, retryAfter, text }, failed, now());
    } catch (error) {
      throw mapError(error, failed);
    }
  };
  return {
    get: (path, decode) => readAgain(() => call("GET", path, decode)),
    write: (verb, path, body) => writeAgain(() => call(verb, path, () => undefined, body)),
  };
}

interface Sent {
  readonly verb: Verb;
  readonly path: string;
  readonly body: object | undefined;
  readonly signal: AbortSignal | undefined;
  readonly fence: Fence | undefined;
}

/** Without exactly this content type, fields that flyteadmin does not know are dropped in silence. */
function send(
  { endpoint, token, timeoutMs, writeTimeoutMs }: FlyteadminConnection,
  dispatcher: Dispatcher,
  { verb: method, path, body, signal, fence }: Sent,
): Promise<Dispatcher.ResponseData> {
  const timeout = AbortSignal.timeout(method === "GET" ? timeoutMs : writeTimeoutMs);
  return sendRequest(`${endpoint}${path}`, {
    ...{ dispatcher, method, fence },
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]),
  });
}
