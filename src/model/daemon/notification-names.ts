/** The events that receivers can subscribe to, as `notifications[].events` names them. */
export const EVENT_TYPES = [
  "applied",
  "changed",
  "failed",
  "recovered",
  "approval_needed",
  "drift_found",
  "drift_gone",
  "drift_contested",
  "stalled",
  "queue_unreachable",
  "left_behind",
  "other_writer",
  "invalid",
  "refused",
  "heartbeat",
  "left_out",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What a template may name as `{{field}}`. A field that an event does not have is empty. */
export const TEMPLATE_FIELDS = [
  "event",
  "severity",
  "target",
  "title",
  "text",
  "action",
  "state",
  "reason",
  "message",
  "at",
  "since",
  "revision",
  "run_id",
  "digest",
  "objects",
  "queue",
  "code",
  "step",
  "approved_by",
  "link",
] as const;
export type TemplateField = (typeof TEMPLATE_FIELDS)[number];

/** A place in a template: `{{field}}`, with blanks or without. */
export const TEMPLATE_PLACE = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;

/** The names in a template that are no field, for the configuration's diagnostics. */
export function findUnknownFields(template: string): readonly string[] {
  const known: ReadonlySet<string> = new Set(TEMPLATE_FIELDS);
  return [...template.matchAll(TEMPLATE_PLACE)].map(([, name]) => name ?? "").filter((name) => !known.has(name));
}
