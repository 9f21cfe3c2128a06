import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Redact } from "../../model/secrets/cut-foreign.ts";
import {
  type AnswerHeaders,
  isSuccess,
  type JsonAnswer,
  type JsonCall,
  readHeader,
} from "../../systems/http/call-json.ts";
import type { FailedCall } from "../../systems/http/create-failure.ts";
import { explainThrown } from "../../systems/http/explain-thrown.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import { createCredentialRedactor } from "../../systems/http/redact-credentials.ts";
import { createRetries, createWriteRetries } from "../../systems/http/try-again.ts";
import type { ForgeClock } from "./create-forge-clock.ts";
import type { Forge, ForgeOptions } from "./forge.ts";
import { explainForgeFailure, findRefusal } from "./forge-failures.ts";
import { AnswerShapeError } from "./read-answer.ts";

/** One forge's API. */
export interface ForgeApi {
  /** The forge's name in sentences: "GitLab". */
  readonly name: string;
  /** Where its API is, without a slash at the end. */
  readonly base: string;
  /** The headers that say who makes a call. */
  readonly authorize: (call: ForgeCall<unknown>) => AuthorizationHeaders | Promise<AuthorizationHeaders>;
  /** The token that a call was refused with (401) is forgotten; false: there is no other one. Left out: there is none. */
  readonly renew?: () => boolean;
  /** The error of an answer other than 2xx. */
  readonly explain: (answer: JsonAnswer, failed: FailedCall) => OperationalError;
  /** Makes a call once. */
  readonly send: SendForge;
  /** Waits until a call that writes may begin. Left out: it may immediately. */
  readonly pace?: () => Promise<void>;
  /** How often a call is tried again. Default 3. */
  readonly retries?: number;
  /** Set by each answer of success. */
  readonly clock: ForgeClock;
}

type AuthorizationHeaders = Readonly<Record<string, string>>;

/** Makes a call once. Throws as `callJson` does. */
export type SendForge = (call: JsonCall) => Promise<JsonAnswer>;

/** What there is to know of an answer beside what it says. */
export interface AnswerAbout {
  readonly headers: AnswerHeaders;
  /** Of its body. */
  readonly bytes: number;
  /** For words of it that are shown. */
  readonly redact: Redact;
}

/** One call. */
export interface ForgeCall<T> {
  /** The method of the contract that it is made for; of GitHub also an exchange for a token. */
  readonly method: keyof Forge | "authenticate";
  readonly verb: "GET" | "POST" | "PUT" | "PATCH";
  /** After the API's base, with its query. */
  readonly path: string;
  readonly body?: object;
  /** True: twice would leave two of it, so that it is tried again only where nothing was done. */
  readonly creates?: boolean;
  /** True: it changes nothing, though it is no GET. */
  readonly reads?: boolean;
  /** True: it is made as the App itself, which GitHub alone has. */
  readonly asApp?: boolean;
  /** What the answer says; an AnswerShapeError there is a `forge_answer`. */
  readonly decode: (value: unknown, about: AnswerAbout) => T;
}

/** Makes a call with a time limit and tries it again where that is worth it; its failures are the OperationalErrors of {@link Forge}. */
export type CallForge = <T>(call: ForgeCall<T>) => Promise<T>;

type CallOptions = Pick<ForgeOptions, "timeoutMs" | "onCall" | "onAnswer" | "confirmWrite" | "ending">;

const RETRIES = 3;
/** A longer delay is left to the caller, who has other work to do. */
const LONGEST_PAUSE_MS = 3_000;

/** A caller of one forge. */
export function createForgeCaller(api: ForgeApi, options: CallOptions): CallForge {
  const { ending } = options;
  const sent = createSent();
  const settings = { retries: api.retries ?? RETRIES };
  const readAgain = createRetries(settings, isWorthAnotherTry, ending);
  const writeAgain = createWriteRetries(settings, isWorthAnotherTry, ending);
  const didNothing = (error: OperationalError) => isWorthAnotherTry(error) && !error.outcomeUnknown;
  const createAgain = createWriteRetries(settings, didNothing, ending);
  return async (call) => {
    const again = isRead(call) ? readAgain : call.creates === true ? createAgain : writeAgain;
    const attempt = async () => {
      const authorization = await api.authorize(call);
      return again(() => tryOnce(api, options, call, authorization, sent));
    };
    try {
      return await attempt();
    } catch (error) {
      if (call.asApp === true || findRefusal(error)?.status !== 401 || api.renew?.() !== true) throw error;
      return attempt();
    }
  };
}

function isRead({ verb, reads }: ForgeCall<unknown>): boolean {
  return verb === "GET" || reads === true;
}

/** One that had its whole time, for connecting or for the answer, is not given it again. */
function isWorthAnotherTry({ next, retryAfterMs, cause }: OperationalError): boolean {
  const isOver = explainThrown(cause).code === "timeout";
  return next === "retry" && !isOver && (retryAfterMs ?? 0) <= LONGEST_PAUSE_MS;
}

/** What a forge was sent to authenticate: a secret of its own calls. */
interface Sent {
  note(authorization: AuthorizationHeaders): void;
  /** Takes out what was sent last, and what before: the forge may repeat a token that was replaced, and that is good yet. */
  readonly redact: Redact;
}

const MOST_SENT = 4;

function createSent(): Sent {
  let secrets: readonly string[] = [];
  return {
    note: (authorization) => {
      for (const value of Object.values(authorization)) {
        const secret = value.slice(value.indexOf(" ") + 1);
        if (!secrets.includes(secret)) secrets = [secret, ...secrets].slice(0, MOST_SENT);
      }
    },
    redact: createCredentialRedactor(() => secrets.map((secret) => ({ secret }))),
  };
}

async function tryOnce<T>(
  api: ForgeApi,
  { timeoutMs, onCall, onAnswer, confirmWrite, ending }: CallOptions,
  call: ForgeCall<T>,
  authorization: AuthorizationHeaders,
  sent: Sent,
): Promise<T> {
  const { method, verb, path, body } = call;
  sent.note(authorization);
  const failed: FailedCall = {
    call: `${verb} ${path.split("?", 1)[0]}`,
    server: api.name,
    endpoint: api.base,
    write: !isRead(call),
    redact: (text) => redactKnownSecrets(sent.redact(text)),
  };
  if (failed.write) {
    await api.pace?.();
    await confirmWrite?.();
  }
  onCall?.(method);
  try {
    const answer = await api.send({
      url: `${api.base}${path}`,
      ...{ method: verb, headers: authorization, body, timeoutMs, signal: failed.write ? undefined : ending },
    });
    const { status, headers, text, bytes } = answer;
    const { redact } = failed;
    // As the App itself it has calls of its own, of which the answer says what is left.
    if (call.asApp !== true) onAnswer?.(headers);
    if (!isSuccess(status)) throw api.explain(answer, failed);
    api.clock.set({ date: readHeader(headers, "date"), age: readHeader(headers, "age") });
    return await answer.inTurn(() => call.decode(parseJson(text), { headers, bytes, redact }));
  } catch (error) {
    throw explainForgeFailure(error, failed);
  }
}

/** The token of a forge without Apps. What can't stand in a header would fail below HTTP, with words about everything but the token. */
export function readForgeToken(name: string, { access, repository }: ForgeOptions): string {
  const token = access.kind === "token" ? access.token().trim() : "";
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const problem = access.kind === "app" ? "only GitHub has Apps" : "the token is empty or not a single word";
  throw new OperationalError(
    "forge_refused",
    `${name} can't be queried about ${repository}: ${problem}. Set a token of ${name} in the forge's settings.`,
    { next: "stop" },
  );
}

function parseJson(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    throw new AnswerShapeError("it is not JSON");
  }
}
