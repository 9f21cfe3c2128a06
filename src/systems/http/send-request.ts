import { type Dispatcher, request } from "undici";
import type { Fence } from "../../model/fence.ts";
import { AnswerTooLargeError } from "./read-body.ts";

/** One HTTP request, ready to be sent. */
export interface OutgoingRequest {
  readonly dispatcher: Dispatcher;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  /** In one piece, so that it leaves together with the headers; null: none. */
  readonly body: Buffer | string | null;
  readonly signal?: AbortSignal | undefined;
  /** Who may send it. Left out: a request that changes nothing. */
  readonly fence?: Fence | undefined;
}

/**
 * Sends one HTTP request. Under a fence it is confirmed once everything about it is ready, and checked when it is its turn on an open
 * connection, right before its first byte is written: waiting for a connection counts as well. Throws what the fence throws, what undici
 * throws, and an AnswerTooLargeError.
 */
export async function sendRequest(url: string, outgoing: OutgoingRequest): Promise<Dispatcher.ResponseData> {
  const { dispatcher, method, headers, body, signal, fence } = outgoing;
  await fence?.confirm();
  return request(url, {
    dispatcher: fence === undefined ? dispatcher : dispatcher.compose(checkBeforeSending(fence)),
    ...{ method, headers, body, onInfo: countAnswersBefore() },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Answers before the answer (`103 Early Hints`), each as long as its headers may be: no server of ours sends more than one. */
const MOST_BEFORE = 16;

/** They are parsed at full speed for as long as they come, and say nothing that anyone here reads. */
function countAnswersBefore(): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count > MOST_BEFORE) throw new AnswerTooLargeError();
  };
}

/** What a handler throws at the start of a request fails the request before anything of it is written. */
function checkBeforeSending(fence: Fence): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (...started) => {
        fence.check();
        handler.onRequestStart?.(...started);
      },
      onRequestUpgrade: (...upgraded) => handler.onRequestUpgrade?.(...upgraded),
      onResponseStart: (...answer) => handler.onResponseStart?.(...answer),
      onResponseData: (...data) => handler.onResponseData?.(...data),
      onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
      onResponseError: (...failure) => handler.onResponseError?.(...failure),
    });
}
