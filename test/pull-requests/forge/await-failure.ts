import { OperationalError } from "../../../src/model/errors/operational-error.ts";

/** The OperationalError that a call ends with; anything else fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<OperationalError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OperationalError) return error;
  throw new Error("no OperationalError came", { cause: error });
}

/** The code of that error. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await failureOf(call)).code;
}
