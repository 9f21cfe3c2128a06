/** The metrics that the daemon's dashboards and alerts read, each with its labels. */
export const METRICS: Readonly<Record<string, readonly string[]>> = {
  poolkeeper_pass_duration_seconds: ["target", "outcome", "le"],
  poolkeeper_target_info: ["target", "state", "reason", "revision"],
  poolkeeper_objects: ["target", "kind", "state"],
  poolkeeper_drift_objects: ["target"],
  poolkeeper_contested_objects: ["target"],
  poolkeeper_waiting_steps: ["target"],
  poolkeeper_approvals_pending: ["target"],
  poolkeeper_fetch_failures_total: ["target", "code"],
  poolkeeper_call_failures_total: ["target", "code"],
  poolkeeper_rate_limited_total: ["target", "by"],
  poolkeeper_last_success_timestamp_seconds: ["target"],
  poolkeeper_store_up: [],
  poolkeeper_config_refused: [],
  poolkeeper_notifications_total: ["receiver", "result"],
};
