import { readFileSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { createPlanKey, LEAST_KEY_BYTES, type PlanKey } from "./plan-key.ts";

/** Where the plan key may be. */
export interface PlanKeyFlags {
  /** A file that holds it. Counts before the variable `POOLKEEPER_PLAN_KEY`. */
  readonly planKeyFile?: string | undefined;
}

/**
 * Finds the plan key: the file, else `POOLKEEPER_PLAN_KEY`; null where neither is set. White space around it does not belong to it.
 * Throws an OperationalError `plan_key` for one that can't be read or is too short. A variable that is set and empty is too short as
 * well: where a job does not get its secrets, plans must not count as authenticated by nothing.
 */
export function findPlanKey(
  { planKeyFile }: PlanKeyFlags,
  env: Readonly<Record<string, string | undefined>>,
): PlanKey | null {
  if (planKeyFile !== undefined) return create(readKey(planKeyFile), `The file ${planKeyFile} (--plan-key-file)`);
  const variable = env.POOLKEEPER_PLAN_KEY;
  return variable === undefined ? null : create(variable, "The variable POOLKEEPER_PLAN_KEY");
}

function readKey(file: string): string {
  try {
    // Every byte is kept apart: a key need not be text.
    return readFileSync(file, "latin1");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const message = `The file ${file} (--plan-key-file) can't be read (${reason}). Name a file that holds the plan key.`;
    throw new OperationalError("plan_key", message, { next: "stop", cause });
  }
}

function create(text: string, source: string): PlanKey {
  const secret = Buffer.from(text.trim(), "latin1");
  if (secret.length >= LEAST_KEY_BYTES) return createPlanKey(secret);
  const found = secret.length === 0 ? "is empty" : `has ${secret.length} bytes`;
  const message = `${source} ${found}: a plan key has at least ${LEAST_KEY_BYTES} bytes. Make one with openssl rand -hex 32.`;
  throw new OperationalError("plan_key", message, { next: "stop" });
}
