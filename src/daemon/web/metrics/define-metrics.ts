import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const PASS_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const REQUEST_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5];

/**
 * Gauges, in a registry. At each scrape `webhooks` gives the bodies that are on their way, and `ages` the seconds since the last
 * success of each target.
 */
export function defineGauges(
  registry: Registry,
  webhooks: () => { readonly open: number; readonly bytes: number },
  ages: () => Iterable<readonly [string, number]>,
) {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[]) =>
    new Gauge({ name: `poolkeeper_${name}`, help, labelNames, registers });
  new Gauge({
    name: "poolkeeper_last_success_age_seconds",
    help: "How long ago a pass last succeeded; absent if none did.",
    labelNames: ["target"],
    registers,
    collect() {
      this.reset();
      for (const [target, seconds] of ages()) this.set({ target }, seconds);
    },
  });
  const count = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `poolkeeper_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  count("webhook_bodies_open", "Webhooks whose body is being received.", () => webhooks().open);
  count("webhook_bytes_held", "Bytes of webhooks in memory.", () => webhooks().bytes);
  return {
    build: gauge("build_info", "Always 1; the version is a label.", ["version"]),
    objects: gauge("objects", "Objects by kind and state.", ["target", "kind", "state"]),
    drift: gauge("drift_objects", "Objects that were changed outside of the repository.", ["target"]),
    driftSince: gauge(
      "drift_since_timestamp_seconds",
      "Since when objects differ from the repository, as Unix time; 0: none does.",
      ["target"],
    ),
    contested: gauge(
      "contested_objects",
      "Objects whose reverts are suspended because they were changed again each time.",
      ["target"],
    ),
    waiting: gauge("waiting_steps", "Steps that wait for work to drain or for an external condition.", ["target"]),
    waitingSince: gauge("waiting_since_timestamp_seconds", "Since when steps wait, as Unix time; 0: none does.", [
      "target",
    ]),
    approvals: gauge("approvals_pending", "Plans that wait for an approval.", ["target"]),
    approvalSince: gauge(
      "approval_pending_since_timestamp_seconds",
      "Since when a plan waits for an approval, as Unix time; 0: none does.",
      ["target"],
    ),
    info: gauge("target_info", "Always 1; status, reason and applied revision are labels.", [
      "target",
      "state",
      "reason",
      "revision",
    ]),
    states: gauge("target_state", "1 for the state that the target is in, 0 for the others.", ["target", "state"]),
    since: gauge("target_state_since_seconds", "When state or reason last changed, as Unix time.", ["target"]),
    success: gauge("last_success_timestamp_seconds", "When a pass last succeeded, as Unix time; 0: never.", ["target"]),
    poll: gauge("poll_interval_seconds", "Longest time between two passes, without a webhook.", ["target"]),
    store: gauge("store_up", "1: the last probe wrote to the store; 0: the store is not writable.", []),
    refused: gauge("config_refused", "1: the last configuration was rejected; 0: it is in effect.", []),
    listeners: gauge("event_listeners", "Open event streams.", []),
  };
}

/** What is counted, in a registry. */
export function defineCounters(registry: Registry) {
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `poolkeeper_${name}`, help, labelNames, registers: [registry] });
  return {
    fetches: counter("fetch_failures_total", "Fetches of the repository that failed.", ["target", "code"]),
    calls: counter("call_failures_total", "Calls to control planes that failed.", ["target", "code"]),
    limited: counter("rate_limited_total", "Rate-limited calls.", ["target", "by"]),
    forgeCalls: counter("forge_calls_total", "Calls of the forge for pull requests.", ["target", "call"]),
    forgeFailures: counter("forge_failures_total", "Failed reviews of pull requests.", ["target", "code"]),
    webhooks: counter("webhooks_total", "Webhooks by result.", ["target", "result"]),
    tokens: counter("wrong_tokens_total", "Requests with an unknown token.", ["way"]),
    notifications: counter("notifications_total", "Attempts to send a notification, by result.", [
      "receiver",
      "result",
    ]),
  };
}

/** What is timed, in a registry. */
export function defineHistograms(registry: Registry) {
  const histogram = (name: string, help: string, labelNames: readonly string[], buckets: number[]) =>
    new Histogram({ name: `poolkeeper_${name}`, help, labelNames, buckets, registers: [registry] });
  return {
    passes: histogram("pass_duration_seconds", "Duration of passes, by outcome.", ["target", "outcome"], PASS_BUCKETS),
    requests: histogram(
      "http_request_duration_seconds",
      "Duration of the daemon's HTTP responses.",
      ["method", "route", "status"],
      REQUEST_BUCKETS,
    ),
  };
}
