import { type ChangeEntry, MOST_WRITTEN, nameObject, type RunWrites } from "../../model/ledger/change-log.ts";
import type { Action } from "../../model/plan/plan.ts";
import type { Op } from "../../model/plan/step.ts";
import { isCut } from "../../model/secrets/keep-values.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { describeChange, type FieldLine } from "../plan/describe-change.ts";

/** Who or what decided a write, as a clause. */
export function describeDecided({
  decided_by,
  by,
  approval,
  overrides,
}: Pick<ChangeEntry, "decided_by" | "by" | "approval" | "overrides">): string {
  const over = overrides.length === 0 ? [] : [`overrides ${overrides.join(", ")}`];
  const inBrackets = (parts: readonly string[]) => (parts.length === 0 ? "" : ` (${parts.join(", ")})`);
  switch (decided_by) {
    case "approval":
      return `approved by ${by}${inBrackets([`approval ${approval}`, ...over])}`;
    case "auto_apply":
      return "auto_apply";
    case "drift":
      return "reverted, as it was changed outside";
    case "command":
      return `applied by ${by}${inBrackets(over)}`;
  }
}

/** The fields that a write changed; none where its values are withheld or left out. What is too long is one line, of a file too. */
export function listWrittenFields(entry: ChangeEntry): readonly FieldLine[] {
  const { before, after, op, origin, physical_name } = entry;
  const change = { address: nameObject(entry), physical_name, previous_physical_name: null, before, after, origin };
  const { fields } = describeChange({
    ...change,
    action: ACTIONS.get(op) ?? "update",
    replace_paths: [],
    action_reason: "differs",
  });
  return fields.map((field) => (isCut(field.before) || isCut(field.after) ? { ...field, isFile: false } : field));
}

const ACTIONS: ReadonlyMap<Op, Action> = new Map([
  ["create", "create"],
  ["undelete", "create"],
  ["delete", "delete"],
]);

/** Objects that are named of a run; more are counted. */
const MOST_NAMED = 10;

/** How much a run wrote, and to what. */
export function describeWrites({ writes, objects }: Pick<RunWrites, "writes" | "objects">): string {
  const named = objects.slice(0, MOST_NAMED).join(", ");
  const more = objects.length > MOST_NAMED || writes > MOST_WRITTEN ? ", ..." : "";
  return `${countNoun(writes, "write")}: ${named}${more}`;
}

/** What is uncertain about an entry, as a sentence; null: nothing. */
export function describeDoubt({
  result,
  withheld,
  left_out,
  too_large,
}: Pick<ChangeEntry, "result" | "withheld" | "left_out" | "too_large">): string | null {
  if (too_large !== undefined) {
    const doubt = describeDoubt({ result });
    return [`The values are not shown: they have ${too_large} bytes.`, ...(doubt === null ? [] : [doubt])].join(" ");
  }
  if (withheld === true) return "The values are not shown until the next pass has sealed what became sensitive.";
  if (left_out === true) return "No response, and it was tried again: a later try has the values.";
  switch (result) {
    case "confirmed":
      return null;
    case "found":
      return "No response; a later read shows that the write was applied.";
    case "unanswered":
      return "No response, and no later read showed that the write was applied.";
  }
}
