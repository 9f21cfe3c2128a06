import type { Dispatcher } from "undici";
import { callJson, isSuccess, LIST_VALUES, readHeader } from "../../systems/http/call-json.ts";
import { createCredentialRedactor } from "../../systems/http/redact-credentials.ts";
import { createRetries, isWorthReadingAgain, type RetrySettings } from "../../systems/http/try-again.ts";
import type { DaemonConnection } from "./daemon-connection.ts";
import { badAnswer, mapError, mapRefusal } from "./map-daemon-error.ts";

/** Makes calls to a daemon's API with a time limit; their failures are OperationalErrors. */
export interface DaemonCaller {
  /** Reads; tried again after failures that allow it. `field` has to be in the answer: what else answers there is not a daemon. */
  get<T>(path: string, field: keyof T & string): Promise<T>;
  /** Reads, and tries it once. */
  getOnce<T>(path: string, field: keyof T & string): Promise<T>;
  /** Asks for a change; never tried again. */
  post<T>(path: string, body: object, field: keyof T & string): Promise<T>;
}

/** A caller for one daemon, over the connections of a dispatcher. `now` (the time in milliseconds) dates Retry-After. */
export function createCaller(
  connection: DaemonConnection,
  dispatcher: Dispatcher,
  settings: RetrySettings & { readonly now?: () => number } = {},
): DaemonCaller {
  const { endpoint, token, timeoutMs } = connection;
  const readAgain = createRetries(settings, isWorthReadingAgain);
  const redact = createCredentialRedactor(() => (token === null ? [] : [{ secret: token.reveal() }]));
  const call = async <T>(method: "GET" | "POST", path: string, field: keyof T & string, body?: object): Promise<T> => {
    const what = { call: `${method} ${path}`, server: "The daemon", endpoint, write: method === "POST", redact };
    try {
      const { status, headers, text } = await callJson(dispatcher, {
        url: `${endpoint}${path}`,
        // The daemon recognises calls of the command line, for its audit, by their user agent.
        headers: token === null ? {} : { authorization: `Bearer ${token.reveal()}` },
        ...{ method, body, timeoutMs, mostValues: LIST_VALUES },
      });
      const value = parseJson(text);
      if (!isSuccess(status)) {
        const refusal = { status, retryAfter: readHeader(headers, "retry-after"), body: value };
        throw mapRefusal(refusal, what, (settings.now ?? Date.now)());
      }
      if (!hasField<T>(value, field)) throw badAnswer(what, `it has no ${field}`);
      return value;
    } catch (error) {
      throw mapError(error, what);
    }
  };
  return {
    get: (path, field) => readAgain(() => call("GET", path, field)),
    getOnce: (path, field) => call("GET", path, field),
    post: (path, body, field) => call("POST", path, field, body),
  };
}

/** For its audit, the daemon recognizes calls of the command line by their user agent. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of a gateway, for example: reported by its status.
    return undefined;
  }
}

/** Client and daemon are of one release: where the answer is the daemon's, its shape is the promised one. */
function hasField<T>(value: unknown, field: keyof T & string): value is T {
  return typeof value === "object" && value !== null && field in value;
}
