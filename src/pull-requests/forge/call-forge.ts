import { type Dispatcher, request } from "undici";
import packageJson from "../../../package.json" with { type: "json" };
import { OperationalError } from "../../model/operational-error.ts";
import type { FailedCall } from "../../systems/http/create-failure.ts";
import { readBody, readRefusal } from "../../systems/http/read-body.ts";
import { redactCredentials } from "../../systems/http/redact-credentials.ts";
import { createRetries, createWriteRetries } from "../../systems/http/try-again.ts";
import type { ForgeClock } from "./create-forge-clock.ts";
import type { Forge, ForgeOptions } from "./forge.ts";
import { explainForgeFailure, explainRefusal, ForgeRefusal, type ForgeRemedies } from "./forge-failures.ts";
import { AnswerShapeError } from "./read-answer.ts";
import { type AnswerHeaders, readHeader, readPatience, readWords } from "./read-refusal.ts";

/** One forge's API. */
export interface ForgeApi {
  /** The forge's name in sentences: "GitLab". */
  readonly name: string;
  /** Where its API is, without a slash at the end. */
  readonly base: string;
  /** How a token is sent. */
  readonly authorize: (token: string) => Readonly<Record<string, string>>;
  readonly remedies: ForgeRemedies;
  /** Set by each answer of success. */
  readonly clock: ForgeClock;
}

/** One call. */
export interface ForgeCall<T> {
  /** The method of the contract that it is made for. */
  readonly method: keyof Forge;
  readonly verb: "GET" | "POST" | "PUT" | "PATCH";
  /** After the API's base, with its query. */
  readonly path: string;
  readonly body?: object;
  /** True: twice would leave two of it, so that it is tried again only where nothing was done. */
  readonly creates?: boolean;
  /** What the answer says; an AnswerShapeError there is a `forge_answer`. */
  readonly decode: (value: unknown, headers: AnswerHeaders) => T;
}

/** Makes a call with a time limit and tries it again where that is worth it; its failures are the OperationalErrors of {@link Forge}. */
export type CallForge = <T>(call: ForgeCall<T>) => Promise<T>;

const RETRIES = 3;
/** What the forge asks for beyond that is left to the caller, who has other work meanwhile. */
const LONGEST_PAUSE_MS = 3_000;
/** Most bytes of an answer: a page of a hundred comments at their limit, each letter escaped. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A caller of one forge, over the connections of a dispatcher. */
export function createForgeCaller(api: ForgeApi, options: ForgeOptions, http: Dispatcher): CallForge {
  const { ending } = options;
  const settings = { retries: RETRIES };
  const readAgain = createRetries(settings, isWorthAnotherTry, ending);
  const writeAgain = createWriteRetries(settings, isWorthAnotherTry, ending);
  const didNothing = (error: OperationalError) => isWorthAnotherTry(error) && !error.outcomeUnknown;
  const createAgain = createWriteRetries(settings, didNothing, ending);
  return (call) => {
    const again = call.verb === "GET" ? readAgain : call.creates === true ? createAgain : writeAgain;
    return again(() => tryOnce(api, options, http, call));
  };
}

/** One that had its whole time is not given it again. */
function isWorthAnotherTry({ next, retryAfterMs, cause }: OperationalError): boolean {
  const isOver = cause instanceof Error && cause.name === "TimeoutError";
  return next === "retry" && !isOver && (retryAfterMs ?? 0) <= LONGEST_PAUSE_MS;
}

async function tryOnce<T>(api: ForgeApi, options: ForgeOptions, http: Dispatcher, call: ForgeCall<T>): Promise<T> {
  const token = readToken(api, options);
  const failed: FailedCall = {
    call: `${call.verb} ${call.path.split("?", 1)[0]}`,
    server: api.name,
    endpoint: api.base,
    write: call.verb !== "GET",
    redact: (text) => redactCredentials(text, [{ secret: token }]),
  };
  options.onCall?.(call.method);
  try {
    const answer = await send(api, options, http, call, token);
    if (answer.statusCode >= 200 && answer.statusCode <= 299) {
      api.clock.set({ date: readHeader(answer.headers, "date"), age: readHeader(answer.headers, "age") });
      return call.decode(parseJson(await readBody(answer.body, MOST_BYTES)), answer.headers);
    }
    const words = readWords(await readRefusal(answer.body), answer.headers, failed.redact);
    const refusal = new ForgeRefusal(answer.statusCode, words);
    throw explainRefusal(refusal, failed, api.remedies, readPatience(answer.headers, Date.now()));
  } catch (error) {
    throw explainForgeFailure(error, failed);
  }
}

/** A redirect is never followed: the token would go to whoever it names. */
function send(
  api: ForgeApi,
  { timeoutMs, ending }: ForgeOptions,
  http: Dispatcher,
  { verb, path, body }: ForgeCall<unknown>,
  token: string,
): Promise<Dispatcher.ResponseData> {
  return request(`${api.base}${path}`, {
    dispatcher: http,
    method: verb,
    headers: {
      accept: "application/json",
      "user-agent": `poolkeeper/${packageJson.version}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...api.authorize(token),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.any([
      AbortSignal.timeout(timeoutMs),
      ...(ending !== undefined && verb === "GET" ? [ending] : []),
    ]),
  });
}

/** What can't stand in a header would fail below HTTP, with words about everything but the token. */
function readToken({ name }: ForgeApi, { access, repository }: ForgeOptions): string {
  const token = access.kind === "token" ? access.token().trim() : "";
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const problem = access.kind === "app" ? "an App is a thing of GitHub alone" : "the token is empty or no single word";
  throw new OperationalError(
    "forge_refused",
    `${name} can't be asked about ${repository}: ${problem}. Give a token of ${name} in the forge's settings.`,
    { next: "stop" },
  );
}

function parseJson(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    throw new AnswerShapeError("it is no JSON");
  }
}
