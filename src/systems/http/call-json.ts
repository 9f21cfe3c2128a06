import type { Dispatcher } from "undici";
import packageJson from "../../../package.json" with { type: "json" };
import { createTurns, type TakeTurn } from "./create-turns.ts";
import { hasMoreValues } from "./has-more-values.ts";
import { AnswerTooLargeError, MOST_BYTES, readBytes, readRefusal } from "./read-body.ts";
import { type OutgoingRequest, sendRequest } from "./send-request.ts";

/** One call of a JSON API. */
export interface JsonCall extends Pick<OutgoingRequest, "fence"> {
  readonly url: string;
  readonly method: Dispatcher.HttpMethod;
  /** Beside those of JSON and the user agent, which they replace. */
  readonly headers: Readonly<Record<string, string>>;
  /** Left out: none. */
  readonly body?: object | undefined;
  /** For the whole of it, in milliseconds; over: a TimeoutError. */
  readonly timeoutMs: number;
  /** Values that the answer may have. Left out: those of a page of a list, {@link PAGE_VALUES}. */
  readonly mostValues?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** The headers of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A complete answer, of any status. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Of one that is no success, "" where it is longer, or has more values, than a server of ours says. */
  readonly text: string;
  /** Of its body as it came; 0 of one that is no success. */
  readonly bytes: number;
  /** Where the text is parsed: answers of one server take turns, and leave most of the thread to all else. */
  readonly inTurn: TakeTurn;
}

/** Of a page of a hundred requests, each with a hundred labels and all of its reviewers; an object has some hundred. */
const PAGE_VALUES = 300_000;

/** Of a list that comes in one piece, of any length: a row has eight or so. They take up to 300 MB while they are read. */
export const LIST_VALUES = 3_000_000;

const turns = new WeakMap<Dispatcher, TakeTurn>();

/** The turns of what is called over the same connections: one server of one target. */
function turnsOf(dispatcher: Dispatcher): TakeTurn {
  const own = turns.get(dispatcher) ?? createTurns().take;
  turns.set(dispatcher, own);
  return own;
}

/**
 * Calls a JSON API once: what all clients but those of the Connect protocol are made of. A redirect is an answer like any other, as the token would go
 * to the server that it names. Throws what undici throws, what the fence throws, and an AnswerTooLargeError.
 */
export async function callJson(dispatcher: Dispatcher, call: JsonCall): Promise<JsonAnswer> {
  const { url, method, body, timeoutMs, signal, fence, mostValues = PAGE_VALUES } = call;
  const timeout = AbortSignal.timeout(timeoutMs);
  const answer = await sendRequest(url, {
    ...{ dispatcher, method, fence },
    headers: {
      accept: "application/json",
      "user-agent": `poolkeeper/${packageJson.version}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...call.headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  const { statusCode: status, headers } = answer;
  const inTurn = turnsOf(dispatcher);
  if (!isSuccess(status)) return { status, headers, text: await readRefusal(answer.body), bytes: 0, inTurn };
  const bytes = await readBytes(answer.body, MOST_BYTES);
  const text = await inTurn(() => {
    const whole = bytes.toString("utf8");
    if (hasMoreValues(whole, mostValues)) throw new AnswerTooLargeError();
    return whole;
  });
  return { status, headers, text, bytes: bytes.length, inTurn };
}

/** Whether a status is one of success: 2xx. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** The value of a header, the first where there are several; null: there is none. */
export function readHeader(headers: AnswerHeaders, name: string): string | null {
  return [headers[name] ?? []].flat()[0] ?? null;
}
