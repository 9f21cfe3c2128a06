import type { TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords, TargetState } from "../model/daemon/daemon-records.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { judgeOtherWrites } from "../plan/policy/follow-other-writes.ts";
import type { Applying } from "../plan/policy/show-applying.ts";
import { showNow } from "../plan/policy/show-trouble.ts";
import { showState } from "../reconcile/pass/find-here.ts";
import type { PassResult } from "../reconcile/pass/run-pass.ts";
import type { KnownTarget, KnownTargets } from "./known-targets.ts";
import { isStoreError, type StoreWatch } from "./watch-store.ts";
import type { Metrics } from "./web/metrics/metrics.ts";

/** Counts a pass that was made here. */
export function measurePass(metrics: Metrics, { record }: PassResult): void {
  const { target, outcome } = record;
  metrics.passEnded(target, outcome.kind, (Date.parse(record.ended_at) - Date.parse(record.started_at)) / 1000);
  if (outcome.kind === "failed" || outcome.kind === "inconclusive") countFailure(metrics, target, outcome);
}

/** Where metrics of targets come from. */
export interface StateSources {
  readonly records: Pick<DaemonRecords, "readStates">;
  /** As of `ServiceTools`. */
  readonly known: Pick<KnownTargets, "note" | "recall" | "names" | "forget">;
  /** As `Runner.readApplying`, of the runner of the target. */
  readonly readApplying: (state: TargetState) => Promise<Applying | null>;
  readonly configOf: (target: string) => TargetConfig | undefined;
  readonly store: Pick<StoreWatch, "trouble" | "read" | "noteUnread">;
  /** Whether the configuration that was read last was not taken up. */
  readonly isRefused: () => boolean;
  /** The receivers that are configured now. */
  readonly receivers: () => readonly { readonly name: string }[];
}

/**
 * Metrics that say of each target what the store says when they are asked for, so that every replica says the same. While the store
 * is not reached they say what is known of it, but for the status, which says that.
 */
export function measureStates(metrics: Metrics, sources: StateSources): Metrics {
  const { records, known, readApplying, configOf, store, isRefused, receivers } = sources;
  return {
    ...metrics,
    render: async () => {
      const read = new Map<string, KnownTarget>();
      try {
        for (const kept of await store.read(records.readStates)) {
          const config = configOf(kept.target);
          if (config === undefined) continue;
          const state = showState(kept, config);
          const applying = await store.read(() => readApplying(state));
          known.note(state, applying);
          read.set(kept.target, { state, applying });
        }
      } catch (error) {
        if (!(error instanceof OperationalError)) throw error;
        if (isStoreError(error)) store.noteUnread(error);
      }
      for (const target of known.names()) {
        const source = configOf(target)?.source;
        const shown = read.get(target) ?? known.recall(target);
        if (source === undefined || shown === null) {
          known.forget(target);
          continue;
        }
        const { state, applying } = shown;
        const status = showNow(state, store.trouble(target), applying);
        metrics.expectTarget(target);
        measureState(metrics, { ...state, status });
        metrics.setApplying(target, asDate(applying?.last_write_at));
        metrics.setPollInterval(target, (source.poll_ms + source.jitter_ms) / 1000);
      }
      metrics.setStoreUp(store.trouble() === null);
      metrics.setConfigRefused(isRefused());
      for (const { name } of receivers()) metrics.expectReceiver(name);
      return metrics.render();
    },
  };
}

function measureState(metrics: Metrics, state: TargetState): void {
  const { target, last_success_at, waiting } = state;
  metrics.setStatus(target, state.status, state.applied_revision);
  metrics.setLastSuccess(target, asDate(last_success_at));
  metrics.setDrift(target, state.drifted.length, asDate(state.drift_since));
  metrics.setContested(target, state.contests.filter(({ held_since }) => held_since !== null).length);
  metrics.setObjects(target, state.objects);
  metrics.setUnreachable(target, state.unreachable.length + (state.unreachable_more ?? 0));
  metrics.setLeftBehind(target, state.left_behind?.length ?? 0);
  metrics.setOtherWrites(target, judgeOtherWrites(state.other_writes ?? [])?.writes.length ?? 0);
  metrics.setWaiting(target, waiting?.steps ?? 0, asDate(waiting?.since));
  metrics.setApprovalPending(target, asDate(state.approval_since));
}

function asDate(time: string | null | undefined): Date | null {
  return time == null ? null : new Date(time);
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
