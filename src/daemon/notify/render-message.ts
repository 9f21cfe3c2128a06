import type { NotificationConfig } from "../../model/daemon/daemon-config.ts";
import { maskValue } from "../../model/secrets/mask-credentials.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { describeEvent } from "./describe-event.ts";
import type { NotifyEvent } from "./event.ts";
import { renderSlack } from "./render-slack.ts";
import { renderWebhook } from "./render-webhook.ts";

/** Where links lead. */
export interface MessageOptions {
  /** The message's id, the same for each attempt. */
  readonly id: string;
  /** The address of the daemon's pages; null: the message has no links. */
  readonly public_url: string | null;
}

/** The JSON body of the message about an event. Credentials in foreign names and texts are masked. */
export function renderMessage(
  event: NotifyEvent,
  { type, template }: Pick<NotificationConfig, "type" | "template">,
  { id, public_url }: MessageOptions,
): string {
  const link =
    public_url === null ? null : `${dropTrailing(public_url, "/")}/targets/${encodeURIComponent(event.target)}`;
  const masked = maskEvent(event);
  const description = describeEvent(masked);
  switch (type) {
    case "slack":
      return JSON.stringify(renderSlack(masked, description, template, link));
    case "webhook":
      return JSON.stringify(renderWebhook(id, masked, description, template, link));
  }
}

/** An event is JSON through and through. */
function maskEvent(event: NotifyEvent): NotifyEvent {
  return maskValue(JSON.parse(JSON.stringify(event)));
}
