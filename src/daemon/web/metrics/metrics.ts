import { type Counter, collectDefaultMetrics, type Gauge, type Histogram, Registry } from "prom-client";
import type { ObjectCount } from "../../../model/daemon/daemon-records.ts";
import type { PassOutcome } from "../../../model/passes/pass.ts";
import { STATES, type Status } from "../../../model/passes/status.ts";
import { defineCounters, defineGauges, defineHistograms } from "./define-metrics.ts";

/**
 * The result of a delivery to a webhook. `no_secret`: the target's secret could not be read. `failed`: it was not recorded, as where the store is
 * unavailable.
 */
export type WebhookResult = (typeof WEBHOOK_RESULTS)[number];
const WEBHOOK_RESULTS = ["accepted", "repeated", "refused", "limited", "no_secret", "failed"] as const;

/** Who may limit calls. */
const LIMITERS = ["control_plane", "source", "forge"] as const;

/** The metrics for Prometheus. Names and meanings are in `docs/reference.md`. Counts are current, durations in seconds. */
export interface Metrics {
  /** Text and content type of `/metrics`. */
  render(): Promise<{ readonly text: string; readonly content_type: string }>;
  passEnded(target: string, outcome: PassOutcome["kind"], seconds: number): void;
  /** In place of all that was said of the target before. */
  setObjects(target: string, counts: readonly ObjectCount[]): void;
  /** Differences without a commit, and since when there are any; null: there are none. */
  setDrift(target: string, count: number, since: Date | null): void;
  /** Objects that are left alone because they were changed again each time they were set back. */
  setContested(target: string, count: number): void;
  /** Queues that reach no cluster and have work that waits. */
  setUnreachable(target: string, count: number): void;
  /** What interrupted runs left and people have to decide about. */
  setLeftBehind(target: string, count: number): void;
  /** Traces of another writer that manages the target. */
  setOtherWrites(target: string, count: number): void;
  /** Steps that wait for work to drain or for an external condition, and since when there are any; null: there are none. */
  setWaiting(target: string, count: number, since: Date | null): void;
  /** Since when a plan waits for an approval; null: none does. */
  setApprovalPending(target: string, since: Date | null): void;
  setStatus(target: string, status: Status, revision: string | null): void;
  /** When the pass that applies now last wrote; null: none applies. */
  setApplying(target: string, last_write_at: Date | null): void;
  /** When a pass last succeeded; null: never. */
  setLastSuccess(target: string, at: Date | null): void;
  /** The longest time between two passes that no webhook or user asks for. */
  setPollInterval(target: string, seconds: number): void;
  fetchFailed(target: string, code: string): void;
  /** A call to a control plane or to flyteadmin. */
  callFailed(target: string, code: string): void;
  /** A remote rate limit. */
  rateLimited(target: string, by: (typeof LIMITERS)[number]): void;
  /** A call of a forge over the network, by what it asked for. */
  forgeCalled(target: string, call: string): void;
  /** A look at pull requests that came to nothing. */
  forgeFailed(target: string, code: string): void;
  webhookTaken(target: string, result: WebhookResult): void;
  /** Where the bodies of webhooks are counted that are on their way, at each scrape. */
  watchWebhooks(count: () => { readonly open: number; readonly bytes: number }): void;
  requestEnded(method: string, route: string, status: number, seconds: number): void;
  /** A try to send a notification: `sent`, `deferred`, `refused`, `given_up` or `dropped`. */
  notificationTried(receiver: string, result: string): void;
  /** Counts what is lost for a receiver from 0: an increase is only seen of what was there before. */
  expectReceiver(receiver: string): void;
  /** The same of a target, whose webhooks and limits have results that are known before; it is watched from the first time on. */
  expectTarget(target: string): void;
  /** An unknown token, in a header or on the page. */
  tokenRefused(way: "header" | "form"): void;
  setListeners(count: number): void;
  /** Whether a write to the store was proven last. */
  setStoreUp(up: boolean): void;
  /** Whether the configuration that was read last was not taken up. */
  setConfigRefused(refused: boolean): void;
  /** Forgets a target that is not configured any more, and what was counted of it. */
  forget(target: string): Promise<void>;
}

/** Metrics in a registry of their own. `processMetrics` adds Node's own (memory, event loop); `now` is the clock of ages. */
export function createMetrics({
  version,
  now = () => new Date(),
  processMetrics = true,
}: {
  readonly version: string;
  readonly now?: () => Date;
  readonly processMetrics?: boolean;
}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const successes = new Map<string, Date>();
  const watched = new Set<string>();
  let countWebhooks = () => ({ open: 0, bytes: 0 });
  const gauges = defineGauges(
    registry,
    () => countWebhooks(),
    () => successes.entries().map(([target, at]) => [target, Math.max(0, now().getTime() - at.getTime()) / 1000]),
  );
  const { fetches, calls, limited, forgeCalls, forgeFailures, webhooks, tokens, notifications } =
    defineCounters(registry);
  const { passes, requests } = defineHistograms(registry);
  const { states, targets } = gauges;
  const objects = replaceByTarget(gauges.objects);
  const info = replaceByTarget(gauges.info);
  gauges.build.set({ version }, 1);
  return {
    render: async () => ({ text: await registry.metrics(), content_type: registry.contentType }),
    passEnded: (target, outcome, seconds) => passes.observe({ target, outcome }, seconds),
    setObjects(target, counts) {
      objects(
        target,
        counts.map(({ kind, state, count }) => [{ target, kind, state }, count]),
      );
    },
    setDrift(target, count, at) {
      targets.drift.set({ target }, count);
      targets.driftSince.set({ target }, toSeconds(at));
    },
    setContested: (target, count) => targets.contested.set({ target }, count),
    setUnreachable: (target, count) => targets.unreachable.set({ target }, count),
    setLeftBehind: (target, count) => targets.left.set({ target }, count),
    setOtherWrites: (target, count) => targets.others.set({ target }, count),
    setWaiting(target, count, at) {
      targets.waiting.set({ target }, count);
      targets.waitingSince.set({ target }, toSeconds(at));
    },
    setApprovalPending(target, at) {
      targets.approvals.set({ target }, at === null ? 0 : 1);
      targets.approvalSince.set({ target }, toSeconds(at));
    },
    setStatus(target, { state, reason, since: at }, revision) {
      info(target, [[{ target, state, reason, revision: revision ?? "" }, 1]]);
      for (const one of STATES) states.set({ target, state: one }, one === state ? 1 : 0);
      targets.since.set({ target }, Date.parse(at) / 1000);
    },
    setApplying: (target, at) => targets.applying.set({ target }, toSeconds(at)),
    setLastSuccess(target, at) {
      if (at === null) successes.delete(target);
      else successes.set(target, at);
      targets.success.set({ target }, toSeconds(at));
    },
    setPollInterval: (target, seconds) => targets.poll.set({ target }, seconds),
    fetchFailed: (target, code) => fetches.inc({ target, code }),
    callFailed: (target, code) => calls.inc({ target, code }),
    rateLimited: (target, by) => limited.inc({ target, by }),
    forgeCalled: (target, call) => forgeCalls.inc({ target, call }),
    forgeFailed(target, code) {
      if (code === "forge_limited") limited.inc({ target, by: "forge" });
      forgeFailures.inc({ target, code });
    },
    webhookTaken: (target, result) => webhooks.inc({ target, result }),
    watchWebhooks: (count) => {
      countWebhooks = count;
    },
    requestEnded: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    notificationTried: (receiver, result) => notifications.inc({ receiver, result }),
    expectReceiver: (receiver) => {
      for (const result of ["refused", "given_up", "dropped"]) notifications.inc({ receiver, result }, 0);
    },
    expectTarget(target) {
      for (const result of WEBHOOK_RESULTS) webhooks.inc({ target, result }, 0);
      for (const by of LIMITERS) limited.inc({ target, by }, 0);
      if (watched.has(target)) return;
      watched.add(target);
      targets.watched.set({ target }, toSeconds(now()));
    },
    tokenRefused: (way) => tokens.inc({ way }),
    setListeners: (count) => gauges.listeners.set(count),
    setStoreUp: (up) => gauges.store.set(up ? 1 : 0),
    setConfigRefused: (refused) => gauges.refused.set(refused ? 1 : 0),
    async forget(target) {
      objects(target, []);
      info(target, []);
      successes.delete(target);
      watched.delete(target);
      for (const gauge of Object.values(targets)) gauge.remove({ target });
      for (const state of STATES) states.remove({ target, state });
      for (const counted of [fetches, calls, limited, forgeCalls, forgeFailures, webhooks, passes])
        await removeTarget(counted, target);
    },
  };
}

/** As Unix time; 0: never. */
function toSeconds(at: Date | null): number {
  return (at?.getTime() ?? 0) / 1000;
}

/** Removes the counts of a target, with any other labels. */
async function removeTarget(counted: Counter | Histogram, target: string): Promise<void> {
  for (const { labels } of (await counted.get()).values) {
    // A bucket is no series of its own.
    const { le: _bucket, ...own }: Partial<Record<string, string | number>> = labels;
    if (own.target === target) counted.remove(own);
  }
}

/** Sets what a gauge says of a target, and takes out what it said before. */
function replaceByTarget(gauge: Gauge) {
  const before = new Map<string, readonly (readonly [Record<string, string>, number])[]>();
  return (target: string, values: readonly (readonly [Record<string, string>, number])[]): void => {
    for (const [labels] of before.get(target) ?? []) gauge.remove(labels);
    for (const [labels, value] of values) gauge.set(labels, value);
    before.set(target, values);
  };
}
