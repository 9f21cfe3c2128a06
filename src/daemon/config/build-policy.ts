import type { DriftConfig, PolicyConfig, RuleConfig, WindowConfig } from "../../model/daemon/daemon-config.ts";
import type { DriftInFile, PolicyInFile, RuleInFile, WindowInFile } from "./config-file.ts";
import { readMilliseconds, readUntil } from "./read-values.ts";

/** What a target may do: its own keys, else those of the top level, else the defaults. */
export function buildPolicy(general: PolicyInFile, own: PolicyInFile): PolicyConfig {
  const merged = { ...general, ...own };
  const approval = { ...general.approval, ...own.approval };
  return {
    auto_apply: merged.auto_apply ?? "update",
    prune: merged.prune ?? "owned",
    max_destroy_share: Number(merged.max_destroy_share ?? 0.3),
    on_pool_change: merged.on_pool_change ?? "auto",
    freeze: merged.freeze ?? null,
    windows: (merged.windows ?? []).map(buildWindow),
    rules: (merged.rules ?? []).map(buildRule),
    approval: { approvers: approval.approvers ?? [], expires_ms: readMilliseconds(approval.expires, "24h") },
  };
}

/** What is done about a target's drift, put together in the same way; kind by kind too. */
export function buildDrift(general: DriftInFile, own: DriftInFile): DriftConfig {
  const merged = { ...general, ...own };
  return {
    schedule: merged.schedule ?? null,
    time_zone: merged.time_zone ?? "UTC",
    action: merged.action ?? "report",
    kinds: { ...general.kinds, ...own.kinds },
    sightings: merged.sightings ?? 2,
    seen_for_ms: readMilliseconds(merged.seen_for, "0s"),
    destructive: merged.destructive ?? false,
    contested_after: merged.contested_after ?? 5,
    contested_within_ms: readMilliseconds(merged.contested_within, "1h"),
  };
}

function buildWindow({ name, kind, schedule, duration, until, time_zone = "UTC" }: WindowInFile): WindowConfig {
  const ends = {
    duration_ms: readMilliseconds(duration, "0s"),
    ...(until !== undefined && { until: readUntil(until) }),
  };
  return { name, kind, schedule: schedule.trim(), ...ends, time_zone };
}

function buildRule({ name, when, severity = "fail", message }: RuleInFile): RuleConfig {
  return { name, when, severity, message };
}
