import { OperationalError } from "../../model/errors/operational-error.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { StepDraft } from "../draft/draft-step.ts";

/**
 * What is said of steps that wait for each other where nothing opens the circle: there is no order of them that is known to be safe, so that nothing is
 * planned. It names what people can plan apart.
 */
export function explainCircle(
  circle: readonly string[],
  steps: readonly Pick<StepDraft, "id" | "address">[],
): OperationalError {
  const addresses = new Set(steps.filter(({ id }) => circle.includes(id)).map(({ address }) => address));
  const message = `The changes of ${listSome([...addresses])} can't be planned together, as their steps wait for each other (${listSome(circle)}). Make them in commits of their own, or choose others of them (--target, --exclude, pauses); and please report this.`;
  return new OperationalError("steps_in_circle", message, { next: "stop" });
}
