import type { Kind, NamedKind, PlacedKind } from "../kinds/registry.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Step, StepOf } from "../model/plan/step.ts";
import type { TargetTools } from "./apply-context.ts";

/** A step on an object that is identified by its place. */
export type PlaceStep = StepOf<PlacedKind>;

/** A step on an object that is identified by its name. */
export type NamedStep = StepOf<NamedKind>;

/** A step that writes: every step except a wait. */
export type WriteStep = WriteOf<Kind>;

/** The same for an object of one of the kinds `K`. */
export type WriteOf<K extends Kind> = Exclude<StepOf<K>, { readonly op: "await" }>;

/** Whether a step only waits. */
export function isWait(step: Step): step is Extract<Step, { readonly op: "await" }> {
  return step.op === "await";
}

/** Whether a step is on an object that is identified by its place. */
export function isPlaceStep<S extends Step>(step: S): step is Extract<S, PlaceStep> {
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
  return new OperationalError("system_missing", `Step ${id} needs ${what}. Set it with ${flag}.`, { next: "stop" });
}
