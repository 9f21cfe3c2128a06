import { OperationalError } from "../model/operational-error.ts";
import type { Step } from "../model/step.ts";

/** The error of a step whose object is gone: trying again can't help, a new plan can. */
export function vanished(step: Step): OperationalError {
  return changedMeanwhile("vanished", step, "was deleted by another writer in the meantime");
}

/** The error of a step whose object someone else put back into service while it was to be taken out of it. */
export function reactivated(step: Step): OperationalError {
  return changedMeanwhile("reactivated", step, "was put back into service by another writer while it was drained");
}

/** The error of a step whose object somebody has taken to another pool, or registered anew there. */
export function takenElsewhere(
  step: Step,
  { pool, seen }: { readonly pool: string; readonly seen: string },
): OperationalError {
  return changedMeanwhile(
    "taken_elsewhere",
    step,
    `is in pool ${pool} by now, and was in ${seen} when this was planned`,
  );
}

/** The error of a step that was to make or restore a registration, where somebody else has taken its name since: it is theirs. */
export function takenMeanwhile(step: Step, cause: OperationalError): OperationalError {
  const what = "is not created: another writer has taken the name since this was planned, and owns what has it";
  return changedMeanwhile("name_taken", step, what, cause);
}

function changedMeanwhile(
  code: string,
  { kind, physical_name }: Step,
  what: string,
  cause?: OperationalError,
): OperationalError {
  return new OperationalError(code, `${kind} ${physical_name} ${what}. Plan again.`, { next: "stop", cause });
}
