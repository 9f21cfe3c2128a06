import type { NotificationConfig, TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords, Notifications, TargetState } from "../model/daemon/daemon-records.ts";
import { APPROVAL_TRANSITIONS, type Approval, counts } from "../model/passes/approval.ts";
import type { KeptPlan } from "../model/passes/pass.ts";
import { transition } from "../model/transitions.ts";
import type { Applying } from "../plan/policy/show-applying.ts";
import type { PassTraces } from "../reconcile/pass/record-pass.ts";
import { createMessageIds } from "./notify/create-message-ids.ts";
import { findEvents, findTimedEvents } from "./notify/find-events.ts";
import { findHeartbeat } from "./notify/find-heartbeat.ts";
import { DEFAULT_STALL_LIMITS } from "./notify/notify-facts.ts";
import { draftMessages } from "./notify/queue-events.ts";

/** The receivers, and the URL of the daemon's pages. */
export interface AnnounceTools {
  readonly records: DaemonRecords;
  readonly notifications: readonly NotificationConfig[];
  readonly public_url: string | null;
  /** When this process began to look after its targets, by the store's clock. */
  readonly started_at: string;
}

/** The messages of a pass, to be written with its state; a fact is sent to a receiver only once. */
export function draftPass(
  tools: AnnounceTools,
  config: TargetConfig,
  { record, before, state, findings, unreported, ends }: PassTraces,
): Promise<Notifications> {
  const { planned } = findings;
  const { ended_at, target, revision, digest } = record;
  const isKept = planned !== null && digest !== null;
  return draft(tools, config, {
    ...{ before, state, now: ended_at, find: findEvents, unreported, ends },
    ran_under: planned?.decision.approval?.approval ?? null,
    plan: isKept ? { target, digest, revision, made_at: ended_at, plan: planned.whole } : null,
  });
}

/** Queues the messages that follow from time alone, between passes: a target that is no longer reconciled, or that waits too long. `applying`: the pass that applies now. */
export async function announceState(
  tools: AnnounceTools,
  config: TargetConfig,
  state: TargetState,
  applying: Applying | null,
): Promise<void> {
  const now = await tools.records.now();
  const find: typeof findEvents = (_before, after, facts) => findTimedEvents(after, facts);
  const { messages, alarms } = await draft(tools, config, {
    ...{ before: state, state, now, find, ran_under: null, plan: null, applying },
  });
  await tools.records.addOutbox(messages, alarms);
}

interface Announcement {
  readonly before: TargetState | null;
  readonly state: TargetState;
  readonly now: string;
  readonly find: typeof findEvents;
  readonly ran_under: Approval | null;
  readonly plan: KeptPlan | null;
  readonly applying?: Applying | null;
  readonly unreported?: PassTraces["unreported"];
  readonly ends?: PassTraces["ends"];
}

async function draft(tools: AnnounceTools, config: TargetConfig, announcement: Announcement): Promise<Notifications> {
  const { records, notifications, public_url, started_at } = tools;
  const { before, state, now, find, ran_under, plan, unreported, ends = [], applying = null } = announcement;
  const eventOf = new Map(ends.map(({ id, event }) => [id, event]));
  const end = (approval: Approval): Approval => {
    const event = eventOf.get(approval.id);
    return event === undefined || !counts(approval)
      ? approval
      : { ...approval, state: transition(APPROVAL_TRANSITIONS, approval.state, event) };
  };
  const followed = find(before, state, {
    ...{ now, ran_under, plan, applying, poll_ms: config.source.poll_ms, limits: DEFAULT_STALL_LIMITS },
    watched_since: before?.status.since ?? now,
    unlooked_since: before === null || before.updated_at < started_at || before.updated_at > now ? started_at : null,
    approvals: (await records.readApprovals(config.name)).map(end),
    alarms: await records.readAlarms(config.name),
    ...(unreported !== undefined && { unreported }),
    drift: state.drifted,
    unreachable: state.unreachable,
    heartbeat_at: findHeartbeat(config.drift, now),
  });
  return draftMessages({ records, notifications, public_url, newId: createMessageIds() }, followed);
}
