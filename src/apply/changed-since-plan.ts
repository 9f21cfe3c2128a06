import { OperationalError } from "../model/errors/operational-error.ts";
import type { Step } from "../model/plan/step.ts";

/** The error of a step whose object was deleted: a retry cannot succeed, a new plan can. */
export function vanished(step: Step): OperationalError {
  return changedSincePlan("vanished", step, "no longer exists: it was deleted since this was planned");
}

/** The error of a step that drains an object which another writer put back into service. */
export function reactivated(step: Step): OperationalError {
  return changedSincePlan(
    "reactivated",
    step,
    "was put back into service by another writer while it was being drained",
  );
}

/** The error of a step whose object another writer has moved to another pool, or registered again there. */
export function takenElsewhere(
  step: Step,
  { pool, seen }: { readonly pool: string; readonly seen: string },
): OperationalError {
  return changedSincePlan("taken_elsewhere", step, `is now in pool ${pool}, and was in ${seen} when this was planned`);
}

/** The error of a step that creates or restores a registration whose name another writer has taken since the plan: it is foreign. */
export function takenSincePlan(step: Step, cause: OperationalError): OperationalError {
  const what =
    "was not created: another writer has taken the name since this was planned, and that object is not poolkeeper's";
  return changedSincePlan("name_taken", step, what, cause);
}

/** The error of a step on settings of which another writer has changed what the step changes: it is neither overwritten nor cleared unseen. */
export function settingsChanged({ physical_name }: Step, path: string): OperationalError {
  const message = `${path} of the settings of ${physical_name} was changed since this was planned. Plan again.`;
  return new OperationalError("settings_changed", message, { next: "stop" });
}

function changedSincePlan(
  code: string,
  { kind, physical_name }: Step,
  what: string,
  cause?: OperationalError,
): OperationalError {
  return new OperationalError(code, `${kind} ${physical_name} ${what}. Plan again.`, { next: "stop", cause });
}
