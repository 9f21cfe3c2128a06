import type { Answer } from "../../../model/daemon/daemon-service.ts";
import { toWebErrorCode, WebError } from "./web-error.ts";

/** The value of an answer; throws a WebError with the service's own words where it was refused. */
export function takeAnswer<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new WebError(toWebErrorCode(answer.code), answer.message);
}
