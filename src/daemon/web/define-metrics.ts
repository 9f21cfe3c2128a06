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
    help: "How long ago a pass last succeeded; absent where none did.",
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
  count("webhook_bodies_open", "Webhooks whose body is on its way.", () => webhooks().open);
  count("webhook_bytes_held", "Bytes of webhooks that are in memory.", () => webhooks().bytes);
  return {
    build: gauge("build_info", "Always 1; the version is a label.", ["version"]),
    objects: gauge("objects", "Objects by kind and state.", ["target", "kind", "state"]),
    drift: gauge("drift_objects", "Objects that were changed outside of the repository.", ["target"]),
    contested: gauge(
      "contested_objects",
      "Objects that are left as they are because they were changed again each time they were set back.",
      ["target"],
    ),
    waiting: gauge("waiting_steps", "Steps that wait for work to drain or for something outside.", ["target"]),
    approvals: gauge("approvals_pending", "Plans that wait for an approval.", ["target"]),
    info: gauge("target_info", "Always 1; status, reason and applied revision are labels.", [
      "target",
      "state",
      "reason",
      "revision",
    ]),
    states: gauge("target_state", "1 for the state that the target is in, 0 for the others.", ["target", "state"]),
    since: gauge("target_state_since_seconds", "Since when state and reason are these, as Unix time.", ["target"]),
    success: gauge("last_success_timestamp_seconds", "When a pass last succeeded, as Unix time; 0: never.", ["target"]),
    store: gauge("store_up", "1: a write to the store was proven last; 0: the store can't be written.", []),
    refused: gauge("config_refused", "1: the configuration that was read last was not taken up; 0: it was.", []),
    listeners: gauge("event_listeners", "Streams of events that are open.", []),
  };
}

/** What is counted, in a registry. */
export function defineCounters(registry: Registry) {
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `poolkeeper_${name}`, help, labelNames, registers: [registry] });
  return {
    fetches: counter("fetch_failures_total", "Fetches of the repository that failed.", ["target", "code"]),
    calls: counter("call_failures_total", "Calls to control planes that failed.", ["target", "code"]),
    limited: counter("rate_limited_total", "Answers that told us to slow down.", ["target", "by"]),
    forgeCalls: counter("forge_calls_total", "Calls of the forge for pull requests.", ["target", "call"]),
    forgeFailures: counter("forge_failures_total", "Rounds over pull requests that failed.", ["target", "code"]),
    webhooks: counter("webhooks_total", "Webhooks by what came of them.", ["target", "result"]),
    tokens: counter("wrong_tokens_total", "Requests with a token that nobody has.", ["way"]),
    notifications: counter("notifications_total", "Tries to send a notification, by what came of them.", [
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
    passes: histogram(
      "pass_duration_seconds",
      "How long passes took, by how they ended.",
      ["target", "outcome"],
      PASS_BUCKETS,
    ),
    requests: histogram(
      "http_request_duration_seconds",
      "How long our own HTTP answers took.",
      ["method", "route", "status"],
      REQUEST_BUCKETS,
    ),
  };
}
