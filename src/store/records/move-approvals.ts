import { APPROVAL_TRANSITIONS, type ApprovalEvent } from "../../model/passes/approval.ts";
import { moveOf } from "../../model/transitions.ts";
import type { StoreConnection } from "../database/store-schema.ts";

/**
 * Moves approvals by an event, as `APPROVAL_TRANSITIONS` says; the caller says which. One in a state in which the event is impossible stays as it
 * is, and is not counted. The only statement that moves an approval.
 */
export function moveApprovals({ db }: Pick<StoreConnection, "db">, event: ApprovalEvent) {
  const { from, to } = moveOf(APPROVAL_TRANSITIONS, event);
  return db.updateTable("approval").set({ state: to }).where("state", "in", from);
}
