import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ForeignWords } from "../../model/secrets/cut-foreign.ts";
import { createFailure, type FailedCall } from "../../systems/http/create-failure.ts";
import {
  answered,
  describeFailures,
  type FailureCode,
  type FailureEntry,
} from "../../systems/http/describe-failures.ts";
import { explainThrown } from "../../systems/http/explain-thrown.ts";
import { AnswerTooLargeError } from "../../systems/http/read-body.ts";
import type { ForgeApi } from "./call-forge.ts";
import { AnswerShapeError } from "./read-answer.ts";
import { readPatience, readWords } from "./read-refusal.ts";

/** What a person does where a forge refuses; sentences that name the forge's own rights. */
export interface ForgeRemedies {
  /** 401: it does not know the token. */
  readonly unknownToken: string;
  /** 403: the token may not do it. */
  readonly forbidden: string;
  /** 404: not found, or not visible to the token. */
  readonly missing: string;
}

/** An answer other than 2xx; the cause of the error that it became. `words` are the forge's own, "" where it said nothing. */
export class ForgeRefusal extends Error {
  readonly status: number;
  readonly words: ForeignWords;

  constructor(status: number, words: ForeignWords) {
    super(`HTTP ${status}`);
    this.name = "ForgeRefusal";
    this.status = status;
    this.words = words;
  }
}

/** The refusal that an error carries; undefined where it is another one. */
export function findRefusal(error: unknown): ForgeRefusal | undefined {
  return error instanceof OperationalError && error.cause instanceof ForgeRefusal ? error.cause : undefined;
}

/** The error of an answer other than 2xx. `call.server` is the forge's name, for sentences. */
export function explainForgeRefusal(
  refusal: ForgeRefusal,
  call: FailedCall,
  remedies: ForgeRemedies,
  retryAfterMs: number | null,
): OperationalError {
  const [code, entry] = judgeStatus(refusal.status, call.server, remedies);
  const words = `HTTP ${refusal.status}${refusal.words === "" ? "" : `, ${refusal.words}`}`;
  return createFailure(code, entry, call, { words, maybeSent: true, retryAfterMs, cause: refusal });
}

/** Explains answers of a forge that says the usual: words in `message` or `error`, patience in Retry-After or `RateLimit-Reset`. */
export function explainUsualRefusals(remedies: ForgeRemedies): ForgeApi["explain"] {
  return ({ status, headers, text }, failed) => {
    const refusal = new ForgeRefusal(status, readWords(text, headers, failed.redact));
    return explainForgeRefusal(refusal, failed, remedies, readPatience(headers, Date.now()));
  };
}

/** The error of a call that threw something else than one of ours: below HTTP, or an answer of the wrong shape. */
export function explainForgeFailure(error: unknown, call: FailedCall): OperationalError {
  if (error instanceof OperationalError) return error;
  const entries = describeForgeFailures(call.server);
  if (error instanceof AnswerShapeError || error instanceof AnswerTooLargeError) {
    return createFailure("forge_answer", entries.bad_answer, call, {
      words: error.message,
      maybeSent: true,
      cause: error,
    });
  }
  const { code, details } = explainThrown(error);
  const isAnswer = code === "bad_answer" || code === "answer_too_large";
  return createFailure(isAnswer ? "forge_answer" : "forge_unreachable", entries[code], call, details);
}

/** What may be wrong below HTTP, with remedies that name the settings of a forge. */
function describeForgeFailures(forge: string): Readonly<Record<FailureCode, FailureEntry>> {
  const usual = describeFailures(forge);
  return {
    ...usual,
    bad_answer: {
      ...usual.bad_answer,
      remedy: `Check that the forge's url is ${forge} itself, not a login page, a gateway or another service.`,
    },
    tls_untrusted: {
      ...usual.tls_untrusted,
      remedy: "Set the authority's PEM file in the forge's settings, or correct its url.",
    },
    timeout: { ...usual.timeout, remedy: "Try again, or increase the timeout in the forge's settings." },
    tls_failed: { ...usual.tls_failed, remedy: "Check the forge's url: a port without TLS needs http://." },
  };
}

function judgeStatus(
  status: number,
  forge: string,
  { unknownToken, forbidden, missing }: ForgeRemedies,
): readonly [code: string, entry: FailureEntry] {
  if (status === 401) return ["forge_refused", answered("stop", false, "was refused", unknownToken)];
  if (status === 403 || status === 451) return ["forge_refused", answered("stop", false, "was refused", forbidden)];
  if (status === 404 || status === 410) return ["forge_missing", answered("stop", false, "failed: not found", missing)];
  if (status === 429) {
    const remedy = "poolkeeper continues after the limit; if this happens often, request a higher limit.";
    return ["forge_limited", answered("retry", false, `was rate-limited by ${forge}`, remedy)];
  }
  if (status === 408 || status >= 500) {
    const remedy = `Try again; if it persists, ask the administrator of ${forge}.`;
    return ["forge_unreachable", answered("retry", true, `caused an internal error in ${forge}`, remedy)];
  }
  if (status >= 300 && status < 400) {
    const remedy = "Set the redirect's address in the forge's settings: the repository or the forge has moved.";
    return ["forge_answer", answered("stop", false, "was redirected", remedy)];
  }
  return ["forge_answer", answered("stop", false, "was refused", "Correct what the message names.")];
}
