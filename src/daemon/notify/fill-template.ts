import { TEMPLATE_PLACE, type TemplateField } from "../../model/daemon/notification-names.ts";
import type { Description } from "./describe-event.ts";
import type { NotifyEvent } from "./event.ts";

/** Every field of an event as text. */
export function listFields(
  event: NotifyEvent,
  description: Description,
  link: string | null,
): Readonly<Record<TemplateField, string>> {
  const own = new Map<string, unknown>(Object.entries(event));
  const read = (name: string) => {
    const value = own.get(name);
    if (Array.isArray(value)) return value.join(", ");
    return typeof value === "string" ? value : "";
  };
  return {
    event: event.type,
    severity: description.severity,
    target: event.target,
    title: description.title,
    text: description.lines.join("\n"),
    action: description.action ?? "",
    state: event.status.state,
    reason: event.status.reason,
    message: read("message") || event.status.message,
    at: event.at,
    since: read("since"),
    revision: event.revision ?? "",
    run_id: event.run_id ?? "",
    digest: read("digest"),
    objects: read("objects"),
    queue: read("queue"),
    code: read("code"),
    step: read("step"),
    approved_by: read("approved_by"),
    link: link ?? "",
  };
}

/**
 * Fills the placeholders of a template, each through `write`; values are never expanded again, and nothing is evaluated. Unknown names stay
 * as they are: the configuration's diagnostics report them.
 */
export function fillTemplate(
  template: string,
  fields: Readonly<Record<string, string>>,
  write: (text: string) => string,
): string {
  return template.replace(TEMPLATE_PLACE, (place, name: string) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === undefined ? place : write(value);
  });
}
