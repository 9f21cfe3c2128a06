import { Code, ConnectError } from "@connectrpc/connect";

/** The codes with which a rule refuses a request. */
export type RefusalCode = "not_found" | "already_exists" | "failed_precondition" | "invalid_argument" | "aborted";

const CODES: Readonly<Record<RefusalCode, Code>> = {
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  invalid_argument: Code.InvalidArgument,
  aborted: Code.Aborted,
};

/** The error of a refusal; the message names the objects and says what to do instead. */
export function refuse(code: RefusalCode, message: string): ConnectError {
  return new ConnectError(message, CODES[code]);
}
