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
  const ofTarget = (name: string, help: string) => gauge(name, help, ["target"]);
  return {
    build: gauge("build_info", "Always 1; the version is a label.", ["version"]),
    objects: gauge("objects", "Objects by kind and state.", ["target", "kind", "state"]),
    info: gauge("target_info", "Always 1; status, reason and applied revision are labels.", [
      ...["target", "state", "reason", "revision"],
    ]),
    states: gauge("target_state", "1 for the state that the target is in, 0 for the others.", ["target", "state"]),
    store: gauge("store_up", "1: the last probe wrote to the store; 0: the store is not writable.", []),
    refused: gauge("config_refused", "1: the last configuration was rejected; 0: it is in effect.", []),
    listeners: gauge("event_listeners", "Open event streams.", []),
    /** One value for each target. */
    targets: {
      drift: ofTarget("drift_objects", "Objects that were changed outside of the repository."),
      driftSince: ofTarget(
        "drift_since_timestamp_seconds",
        "Since when objects differ from the repository, as Unix time; 0: none does.",
      ),
      contested: ofTarget(
        "contested_objects",
        "Objects whose reverts are suspended because they were changed again each time.",
      ),
      unreachable: ofTarget("unreachable_queues", "Queues that reach no cluster and have work that waits."),
      left: ofTarget("left_behind_objects", "Objects that interrupted runs left and people have to decide about."),
      others: ofTarget(
        "other_writes",
        "Writes that show that another writer manages the target; 0 where they may be chance.",
      ),
      waiting: ofTarget("waiting_steps", "Steps that wait for work to drain or for an external condition."),
      waitingSince: ofTarget("waiting_since_timestamp_seconds", "Since when steps wait, as Unix time; 0: none does."),
      approvals: ofTarget("approvals_pending", "Plans that wait for an approval."),
      approvalSince: ofTarget(
        "approval_pending_since_timestamp_seconds",
        "Since when a plan waits for an approval, as Unix time; 0: none does.",
      ),
      applying: ofTarget(
        "applying_last_write_timestamp_seconds",
        "When the pass that applies now last wrote, as Unix time; 0: none applies.",
      ),
      since: ofTarget("target_state_since_seconds", "When state or reason last changed, as Unix time."),
      success: ofTarget("last_success_timestamp_seconds", "When a pass last succeeded, as Unix time; 0: never."),
      watched: ofTarget(
        "watched_since_timestamp_seconds",
        "Since when this process has shown the target, as Unix time.",
      ),
      poll: ofTarget("poll_interval_seconds", "Longest time between two passes, without a webhook."),
    },
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
