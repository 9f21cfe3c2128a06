import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { Cause, DecisionMade } from "../../model/ledger/change-log.ts";
import type { PlannedRevision } from "./plan-revision.ts";

/** Why a pass writes: for each address the approval that covers it, the rule for drift, or the grade that runs without being asked. */
export function describeCause(
  { name }: Pick<TargetConfig, "name">,
  { whole, decision, sealed_by }: Pick<PlannedRevision, "whole" | "decision" | "sealed_by">,
): Cause {
  const { approval } = decision;
  const [approved, drifted] = [new Set(decision.approved), new Set(decision.drift.alone)];
  const { digest } = whole;
  return {
    ...{ target: name, via: "daemon", digest, sealed_by },
    decide: (address): DecisionMade => {
      if (approval !== null && approved.has(address)) {
        const { id, by, overrides } = approval.approval;
        return { decided_by: "approval", by, approval: id, overrides };
      }
      const decided_by = drifted.has(address) ? "drift" : "auto_apply";
      return { decided_by, by: "poolkeeper", approval: null, overrides: [] };
    },
  };
}
