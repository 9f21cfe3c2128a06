import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { createSealings, type SensitiveOf } from "../sealing/create-sealings.ts";
import { createApprovalRecords } from "./create-approval-records.ts";
import { createAuditRecords } from "./create-audit-records.ts";
import { createDecisionRecords } from "./create-decision-records.ts";
import { createGroupRecords } from "./create-group-records.ts";
import { createOutboxRecords } from "./create-outbox-records.ts";
import { createPassRecords } from "./create-pass-records.ts";
import { createPauseRecords } from "./create-pause-records.ts";
import { createPlanRecords } from "./create-plan-records.ts";
import { createReportedComments } from "./create-reported-comments.ts";
import { createReviewRecords } from "./create-review-records.ts";
import { createSealingRecords } from "./create-sealing-records.ts";
import { createSessionRecords } from "./create-session-records.ts";
import { createShownRecords } from "./create-shown-records.ts";
import { createStateRecords } from "./create-state-records.ts";
import { forgetTargets } from "./forget-targets.ts";
import { isDated } from "./is-dated.ts";
import type { BoundedConnection } from "./past-budget.ts";
import { pruneRecords } from "./prune-records.ts";
import { createEndedRoom } from "./trim-ended.ts";

/**
 * What a daemon keeps, over SQL that SQLite and PostgreSQL both speak. Requests of concurrent replicas are decided by one statement, so that
 * one of them wins. "Now" is by the store's clock; times that are part of a record are kept as given.
 */
export function createSqlRecords(connection: BoundedConnection, sensitiveOf: SensitiveOf): DaemonRecords {
  const explaining = explainingErrors(connection.place);
  const makeRoom = createEndedRoom(connection);
  const sealings = createSealings(connection, sensitiveOf);
  return {
    ...createSealingRecords(connection, sealings),
    ...createStateRecords(connection, makeRoom),
    ...createPassRecords(connection),
    ...createPlanRecords(connection, sealings),
    ...createApprovalRecords(connection),
    ...createDecisionRecords(connection),
    ...createPauseRecords(connection),
    ...createReviewRecords(connection, sealings),
    ...createShownRecords(connection),
    ...createGroupRecords(connection),
    ...createAuditRecords(connection),
    ...createReportedComments(connection),
    ...createOutboxRecords(connection, makeRoom),
    ...createSessionRecords(connection),
    forgetTargets: (configured, before) => explaining(() => forgetTargets(connection, configured, before)),
    isDated: (from, until) => explaining(() => isDated(connection, from, until)),
    prune: (before, passes, changesBefore = before) =>
      explaining(() => pruneRecords(connection, before, { passes, changesBefore })),
  };
}
