import { LABEL_GAP } from "../../model/plan/label-gap.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import { type Draft, type Fact, fact, type StepDraft } from "../draft/draft-step.ts";

/**
 * Opens a circle of a delivery and a row: the row goes from a label that the delivery drops to one that it brings. The delivery then
 * does not wait for that row, because files take effect only once they are rolled out, and a row takes effect immediately: the other way round its
 * runs would look for a label that no cluster has for as long as that takes. Adds to `loose`; false where the circle is none of these.
 */
export function loosenLabels(circle: readonly string[], steps: readonly StepDraft[], loose: Set<string>): boolean {
  const delivery = steps.find(({ id, kind }) => kind === "flyte_clusters" && circle.includes(id));
  if (delivery === undefined) return false;
  const brought = new Set(delivery.gives);
  const needed = new Set(delivery.needs);
  // All rows that wait for it in one go: each circle costs a drafting.
  const givers = steps.filter(({ id, needs }) => circle.includes(id) || needs.some((need) => brought.has(need)));
  const cut = givers.flatMap(({ gives }) => gives.filter((given) => isUnlabelled(given) && needed.has(given)));
  for (const need of cut) loose.add(keyOf(delivery.id, need));
  return cut.length > 0;
}

/** Takes the `loose` needs out of the drafted deliveries, with a notice for each of those, by which each still goes along with its rows. */
export function cutLabels({ steps, notices }: Draft, loose: ReadonlySet<string>): void {
  if (loose.size === 0) return;
  for (const step of steps) {
    const cut = new Set(step.needs.filter((need) => loose.has(keyOf(step.id, need))));
    if (cut.size === 0) continue;
    step.needs.splice(0, step.needs.length, ...step.needs.filter((need) => !cut.has(need)));
    notices.push(
      noteGap(
        step,
        steps.filter(({ gives }) => gives.some((given) => cut.has(given))),
      ),
    );
  }
}

function isUnlabelled(given: Fact): boolean {
  return given.startsWith(fact.unlabelled("", "").slice(0, -1));
}

function keyOf(step: string, need: Fact): string {
  return `${step} ${need}`;
}

/** Rows named in a notice; more are counted. */
const NAMED_ROWS = 10;

function noteGap({ address }: StepDraft, rows: readonly StepDraft[]): Notice {
  const which = listSome(
    rows.map(({ physical_name }) => physical_name),
    NAMED_ROWS,
  );
  return {
    code: LABEL_GAP,
    message: `${address} drops the label of ${which} and adds the new one, so the files are delivered first and the rows follow. If flyteadmin restarts in between, executions there go to the default label or any enabled cluster. To avoid that, keep the old label in the map until no row uses it.`,
    addresses: [address, ...rows.map((row) => row.address)],
  };
}
