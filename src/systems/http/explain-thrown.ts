import { classifyNetworkError } from "./classify-network-error.ts";
import { type FailureDetails, listCauses } from "./create-failure.ts";
import type { FailureCode } from "./describe-failures.ts";

/** What an HTTP call threw: the code of its failure, and its description. */
export interface Thrown {
  readonly code: FailureCode;
  readonly details: FailureDetails;
}

/** What undici threw for a call: it timed out, something below HTTP failed, or the cause is unknown. */
export function explainThrown(error: unknown): Thrown {
  if (error instanceof Error && error.name === "TimeoutError") {
    return { code: "timeout", details: { words: "", maybeSent: true, cause: error } };
  }
  const network = classifyNetworkError(listCauses(error));
  if (network === undefined)
    return { code: "unknown", details: { words: String(error), maybeSent: true, cause: error } };
  const { code, words, sent: maybeSent, cause } = network;
  return { code, details: { words, maybeSent, cause } };
}
