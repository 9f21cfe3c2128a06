/** The metrics that the daemon's dashboards and alerts read, each with its labels. */
export const METRICS: Readonly<Record<string, readonly string[]>> = {
  poolkeeper_pass_duration_seconds: ["target", "outcome", "le"],
  poolkeeper_target_status: ["target", "state", "reason"],
  poolkeeper_objects: ["target", "kind", "state"],
  poolkeeper_drift: ["target"],
  poolkeeper_waiting: ["target"],
  poolkeeper_approvals_pending: ["target"],
  poolkeeper_fetch_failures_total: ["target"],
  poolkeeper_rpc_failures_total: ["target", "code"],
  poolkeeper_rate_limited_total: ["target"],
  poolkeeper_last_success_timestamp_seconds: ["target"],
  poolkeeper_notifications_total: ["receiver", "result"],
};
