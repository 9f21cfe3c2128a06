import type { NotificationConfig } from "../../model/daemon/daemon-config.ts";
import type { Json } from "../../model/json/json.ts";
import { maskValue } from "../../model/secrets/mask-credentials.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { showInLine, showText } from "../../model/text/show-text.ts";
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
  const shown = showEvent(masked);
  const description = describeEvent(shown);
  switch (type) {
    case "slack":
      return JSON.stringify(renderSlack(shown, description, template, link));
    case "webhook":
      return JSON.stringify(renderWebhook({ id, event: masked, shown }, description, template, link));
  }
}

/** An event is JSON through and through. */
function maskEvent(event: NotifyEvent): NotifyEvent {
  return maskValue(JSON.parse(JSON.stringify(event)));
}

/** An event as people read it: what no eye sees is written as an escape, and a name of others forges no line. */
function showEvent(event: NotifyEvent): NotifyEvent {
  return showTexts(JSON.parse(JSON.stringify(event)), "");
}

/** Only messages have lines. */
function showTexts<T extends Json>(value: T, name: string): T;
function showTexts(value: Json, name: string): Json {
  if (typeof value === "string") return name === "message" ? showText(value) : showInLine(value);
  if (Array.isArray(value)) return value.map((item: Json) => showTexts(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, showTexts(nested, key)]));
}
