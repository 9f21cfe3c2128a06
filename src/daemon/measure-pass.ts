import type { LiveState } from "../model/live.ts";
import type { PassResult } from "../pass/run-pass.ts";
import type { Metrics, ObjectCount } from "../web/metrics.ts";

/** Tells the metrics what a pass found. */
export function measurePass(metrics: Metrics, { record, state, findings }: PassResult): void {
  const { target, outcome } = record;
  metrics.passEnded(target, outcome.kind, (Date.parse(record.ended_at) - Date.parse(record.started_at)) / 1000);
  metrics.setStatus(target, state.status, state.applied_revision);
  metrics.setLastSuccess(target, state.last_success_at === null ? null : new Date(state.last_success_at));
  if (outcome.kind === "failed" || outcome.kind === "inconclusive") countFailure(metrics, target, outcome);
  const waiting = outcome.kind === "waiting" ? outcome.report.steps.filter(({ status }) => status === "waiting") : [];
  metrics.setWaiting(target, waiting.length);
  metrics.setApprovalsPending(target, listHeld(record).some(({ reason }) => reason === "approval") ? 1 : 0);
  const { planned } = findings;
  if (planned === null) return;
  metrics.setObjects(target, countObjects(planned.world.live));
  metrics.setDrift(target, planned.decision.drift.confirmed.length);
}

function listHeld({ outcome }: PassResult["record"]) {
  return "held" in outcome ? outcome.held : [];
}

function countFailure(
  metrics: Metrics,
  target: string,
  { step, code }: { readonly step: string; readonly code: string },
): void {
  if (code === "resource_exhausted" || code === "source_limited") {
    metrics.rateLimited(target, step === "fetch" ? "source" : "control_plane");
  }
  if (step === "fetch" || step === "verify") metrics.fetchFailed(target, code);
  else metrics.callFailed(target, code);
}

function countObjects({ pools, clusters, queues, settings, flyteadmin }: LiveState): readonly ObjectCount[] {
  const names = [
    ...pools.map(({ kind, deleted }) => `${kind} ${deleted ? "deleted" : "present"}`),
    ...[...clusters, ...queues].map(({ kind, state }) => `${kind} ${state}`),
    ...settings.map(() => "settings present"),
    ...flyteadmin.rows.map(({ kind }) => `${kind} present`),
  ];
  return [...Map.groupBy(names, (name) => name)].map(([name, { length: count }]) => {
    const [kind = "", state = ""] = name.split(" ");
    return { kind, state, count };
  });
}
