import { isText, listOf, orNull } from "../../model/json/shape.ts";
import type { AllowedLoss } from "../../model/ledger/ledger.ts";
import { isAllowance } from "../../model/plan/plan-shape.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ApprovalRow } from "../database/record-tables.ts";
import type { ChangeEntryRow } from "../database/store-schema.ts";

/** The check whose override allows losses. */
export const LOSS_CHECK = "black-hole";

/** What a write in the change log says of overrides, with those of the approval that it was written under. */
export type OverridingRow = Pick<ChangeEntryRow, "id" | "overrides"> & {
  readonly [Name in "allowances"]: ApprovalRow[Name] | null;
};

/** What was allowed of the losses by a write. All of them: the check was overridden, and it is not known for what. */
export function readAllowed({ id, overrides, allowances }: OverridingRow): "all" | readonly AllowedLoss[] {
  if (!readStoredJson(overrides, `change ${id}`, listOf(isText)).includes(LOSS_CHECK)) return [];
  const bound =
    allowances == null ? null : readStoredJson(allowances, `approval of change ${id}`, orNull(listOf(isAllowance)));
  const shown = (bound ?? []).flatMap((one) => (typeof one === "object" && one.check === LOSS_CHECK ? [one] : []));
  const isBound = shown.some(({ addresses, concerns = [] }) => addresses.length + concerns.length > 0);
  return isBound ? shown.map(({ check: _check, ...failure }) => failure) : "all";
}
