import { OperationalError } from "../../model/errors/operational-error.ts";

/** A record that an answer must hold. Throws an OperationalError `bad_answer` for an answer without it. */
export function requireRecord<T>(rpc: string, what: string, record: T | undefined): T {
  if (record !== undefined) return record;
  throw new OperationalError(
    "bad_answer",
    `${rpc} returned no ${what}. Check that the endpoint is the control plane itself.`,
    { next: "stop" },
  );
}
