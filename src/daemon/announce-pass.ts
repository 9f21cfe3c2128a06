import { randomUUID } from "node:crypto";
import type { NotificationConfig, TargetConfig } from "../config/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon-records.ts";
import { findEvents } from "../notify/find-events.ts";
import { findHeartbeat } from "../notify/find-heartbeat.ts";
import { DEFAULT_STALL_LIMITS } from "../notify/notify-facts.ts";
import { queueEvents } from "../notify/queue-events.ts";
import type { PassTraces } from "../pass/record-pass.ts";

/** Who is told, and where the daemon's pages are. */
export interface AnnounceTools {
  readonly records: DaemonRecords;
  readonly notifications: readonly NotificationConfig[];
  readonly public_url: string | null;
}

/** Puts what a pass has to tell into the outbox; what a receiver was told before is not told again. */
export async function announcePass(
  { records, notifications, public_url }: AnnounceTools,
  config: TargetConfig,
  { record, before, state, findings }: PassTraces,
): Promise<void> {
  if (notifications.length === 0) return;
  const { planned } = findings;
  const { ended_at: at, target, revision, digest } = record;
  const events = findEvents(before, state, {
    now: at,
    poll_ms: config.source.poll_ms,
    limits: DEFAULT_STALL_LIMITS,
    watched_since: before?.status.since ?? at,
    ran_under: planned?.decision.approval?.approval ?? null,
    approvals: await records.readApprovals(target),
    plan: planned === null || digest === null ? null : { target, digest, revision, made_at: at, plan: planned.whole },
    drift: planned?.decision.drift.confirmed ?? [],
    unreachable: state.unreachable,
    heartbeat_at: findHeartbeat(config.drift, at),
  });
  await queueEvents({ records, notifications, public_url, newId: randomUUID }, events);
}
