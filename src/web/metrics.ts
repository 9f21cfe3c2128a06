import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PassOutcome } from "../model/pass.ts";
import { STATES, type Status } from "../model/status.ts";

/** How many objects of a kind are in a state. */
export interface ObjectCount {
  readonly kind: string;
  /** The life-cycle state, or `present` for kinds without one. */
  readonly state: string;
  readonly count: number;
}

/** What Prometheus is told. The names and what they mean stand in `docs/metrics.md`. Counts are of now, durations in seconds. */
export interface Metrics {
  /** Text and content type of `/metrics`. */
  render(): Promise<{ readonly text: string; readonly content_type: string }>;
  passEnded(target: string, outcome: PassOutcome["kind"], seconds: number): void;
  /** In place of all that was said of the target before. */
  setObjects(target: string, counts: readonly ObjectCount[]): void;
  /** Differences that nobody committed. */
  setDrift(target: string, count: number): void;
  /** Steps that wait for work to drain or for something outside. */
  setWaiting(target: string, count: number): void;
  /** Plans that wait for an approval. */
  setApprovalsPending(target: string, count: number): void;
  setStatus(target: string, status: Status, revision: string | null): void;
  /** When a pass last succeeded; null: never. */
  setLastSuccess(target: string, at: Date | null): void;
  fetchFailed(target: string, code: string): void;
  /** A call to a control plane or to flyteadmin. */
  callFailed(target: string, code: string): void;
  /** Someone outside limited our rate: `control_plane`, `source`, `forge`. */
  rateLimited(target: string, by: string): void;
  webhookTaken(target: string, result: "accepted" | "repeated" | "refused"): void;
  requestEnded(method: string, route: string, status: number, seconds: number): void;
  setListeners(count: number): void;
  /** Forgets a target that is not configured any more. */
  forget(target: string): void;
}

const PASS_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

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
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labelNames: readonly string[]) =>
    new Gauge({ name: `poolkeeper_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `poolkeeper_${name}`, help, labelNames, registers });

  gauge("build_info", "Always 1; the version is a label.", ["version"]).set({ version }, 1);
  const passes = new Histogram({
    name: "poolkeeper_pass_duration_seconds",
    help: "How long passes took, by how they ended.",
    labelNames: ["target", "outcome"],
    buckets: PASS_BUCKETS,
    registers,
  });
  const objects = gauge("objects", "Objects by kind and state.", ["target", "kind", "state"]);
  const drift = gauge("drift_objects", "Objects that were changed outside of the repository.", ["target"]);
  const waiting = gauge("waiting_steps", "Steps that wait for work to drain or for something outside.", ["target"]);
  const approvals = gauge("approvals_pending", "Plans that wait for an approval.", ["target"]);
  const info = gauge("target_info", "Always 1; status, reason and applied revision are labels.", [
    "target",
    "state",
    "reason",
    "revision",
  ]);
  const states = gauge("target_state", "1 for the state that the target is in, 0 for the others.", ["target", "state"]);
  const since = gauge("target_state_since_seconds", "Since when state and reason are these, as Unix time.", ["target"]);
  const success = gauge("last_success_timestamp_seconds", "When a pass last succeeded, as Unix time; 0: never.", [
    "target",
  ]);
  const successes = new Map<string, Date>();
  new Gauge({
    name: "poolkeeper_last_success_age_seconds",
    help: "How long ago a pass last succeeded; absent where none did.",
    labelNames: ["target"],
    registers,
    collect() {
      this.reset();
      for (const [target, at] of successes) this.set({ target }, (now().getTime() - at.getTime()) / 1000);
    },
  });
  const fetches = counter("fetch_failures_total", "Fetches of the repository that failed.", ["target", "code"]);
  const calls = counter("call_failures_total", "Calls to control planes that failed.", ["target", "code"]);
  const limited = counter("rate_limited_total", "Answers that told us to slow down.", ["target", "by"]);
  const webhooks = counter("webhooks_total", "Webhooks by what came of them.", ["target", "result"]);
  const requests = new Histogram({
    name: "poolkeeper_http_request_duration_seconds",
    help: "How long our own HTTP answers took.",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5],
    registers,
  });
  const listeners = gauge("event_listeners", "Streams of events that are open.", []);
  const objectLabels = new Map<string, readonly ObjectCount[]>();
  const clearObjects = (target: string) => {
    for (const { kind, state } of objectLabels.get(target) ?? []) objects.remove({ target, kind, state });
    objectLabels.delete(target);
  };
  const infoLabels = new Map<string, { target: string; state: string; reason: string; revision: string }>();
  const clearInfo = (target: string) => {
    const labels = infoLabels.get(target);
    if (labels !== undefined) info.remove(labels);
    infoLabels.delete(target);
  };
  return {
    render: async () => ({ text: await registry.metrics(), content_type: registry.contentType }),
    passEnded: (target, outcome, seconds) => passes.observe({ target, outcome }, seconds),
    setObjects(target, counts) {
      clearObjects(target);
      objectLabels.set(target, counts);
      for (const { kind, state, count } of counts) objects.set({ target, kind, state }, count);
    },
    setDrift: (target, count) => drift.set({ target }, count),
    setWaiting: (target, count) => waiting.set({ target }, count),
    setApprovalsPending: (target, count) => approvals.set({ target }, count),
    setStatus(target, status, revision) {
      clearInfo(target);
      const labels = { target, state: status.state, reason: status.reason, revision: revision ?? "" };
      infoLabels.set(target, labels);
      info.set(labels, 1);
      for (const state of STATES) states.set({ target, state }, state === status.state ? 1 : 0);
      since.set({ target }, Date.parse(status.since) / 1000);
    },
    setLastSuccess(target, at) {
      if (at === null) successes.delete(target);
      else successes.set(target, at);
      success.set({ target }, (at?.getTime() ?? 0) / 1000);
    },
    fetchFailed: (target, code) => fetches.inc({ target, code }),
    callFailed: (target, code) => calls.inc({ target, code }),
    rateLimited: (target, by) => limited.inc({ target, by }),
    webhookTaken: (target, result) => webhooks.inc({ target, result }),
    requestEnded: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    setListeners: (count) => listeners.set(count),
    forget(target) {
      clearObjects(target);
      clearInfo(target);
      successes.delete(target);
      for (const metric of [drift, waiting, approvals, since, success]) metric.remove({ target });
      for (const state of STATES) states.remove({ target, state });
    },
  };
}
