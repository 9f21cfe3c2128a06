import type { NamedKind, PlacedKind } from "../model/address.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Step, StepOf } from "../model/plan.ts";
import type { TargetTools } from "./apply-context.ts";

/** A step on an object that is told by its place. */
export type PlaceStep = StepOf<PlacedKind>;

/** A step on an object that has a name of its own. */
export type NamedStep = StepOf<NamedKind>;

/** Whether a step is on an object that is told by its place. */
export function isPlaceStep(step: Step): step is PlaceStep {
  return step.kind !== "cluster_pool" && step.kind !== "cluster" && step.kind !== "queue";
}

/** The flyteadmin that a step is on. Throws an OperationalError `system_missing` where none was named. */
export function requireFlyteadmin(step: PlaceStep, { flyteadmin }: TargetTools) {
  if (flyteadmin === null) throw notNamed(step, "flyteadmin", "--flyteadmin-endpoint");
  return flyteadmin;
}

/** The place that the files of a step go to. Throws an OperationalError `system_missing` where none was named. */
export function requireDelivery(step: PlaceStep, { delivery }: TargetTools) {
  if (delivery === null) throw notNamed(step, "a place for the files", "--deliver");
  return delivery;
}

function notNamed({ id }: Step, what: string, flag: string): OperationalError {
  return new OperationalError("system_missing", `Step ${id} needs ${what}. Name it with ${flag}.`, { next: "stop" });
}
