import type { JsonObject } from "../../model/json/json.ts";
import type { Description } from "./describe-event.ts";
import type { NotifyEvent } from "./event.ts";
import { fillTemplate, listFields } from "./fill-template.ts";

/** The shape of the body; another number where something is taken away or gets another meaning. Fields may be added. */
export const WEBHOOK_VERSION = "1";

const plain = (text: string) => text;

/** What a webhook says. */
export interface WebhookFacts {
  /** The message's id. */
  readonly id: string;
  readonly event: NotifyEvent;
  /** The event as people read it. */
  readonly shown: NotifyEvent;
}

/** The body of a generic webhook, as docs/reference.md has it. `details` is what the event has beside the frame, as it is. */
export function renderWebhook(
  { id, event, shown }: WebhookFacts,
  description: Description,
  template: string | null,
  link: string | null,
): JsonObject {
  const { key, at, target, revision, run_id, status, type, ...details } = event;
  const text =
    template === null ? describe(description) : fillTemplate(template, listFields(shown, description, link), plain);
  return {
    version: WEBHOOK_VERSION,
    id,
    event: type,
    key,
    at,
    severity: description.severity,
    target,
    title: description.title,
    text,
    action: description.action,
    revision,
    run_id,
    status: { ...status },
    details: JSON.parse(JSON.stringify(details)),
    links: { target: link },
  };
}

function describe({ title, lines, action }: Description): string {
  return [title, ...lines, ...(action === null ? [] : [action])].filter((line) => line !== "").join("\n");
}
