import type { NotificationConfig } from "../../model/daemon/daemon-config.ts";
import type { OutboxEntry } from "../../model/daemon/daemon-records.ts";
import { targetOfKey } from "../../model/daemon/target-of-key.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";
import { isObject } from "../../model/json/json.ts";
import { escapeSlack } from "./escape-slack.ts";

const WORDS =
  "The details of this message are withheld: they may show a value that is now sensitive, and the target's stored records are not sealed by the current rules yet. See the target.";

/**
 * The body that replaces a message which may show a value that is now sensitive: what its receiver takes, with fixed words in place of everything
 * that manifests and servers may have said. The alarm itself is never suppressed.
 */
export function withholdMessage(
  { key, body }: Pick<OutboxEntry, "key" | "body">,
  { type }: Pick<NotificationConfig, "type">,
): string {
  const target = targetOfKey(key);
  const message: JsonObject = JSON.parse(body);
  switch (type) {
    case "slack":
      return JSON.stringify(withholdSlack(message, target));
    case "webhook":
      return JSON.stringify(withholdWebhook(message, target));
  }
}

/** The last block names the target, its state and the run. */
function withholdSlack({ blocks }: JsonObject, target: string): JsonObject {
  const text = `:warning: *${escapeSlack(target)}*: ${WORDS}`;
  const foot = Array.isArray(blocks) ? blocks.slice(1) : [];
  return { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }, ...foot] };
}

/** Of a message that was written before its receiver had this type, only what is known here is kept. */
function withholdWebhook(message: JsonObject, target: string): JsonObject {
  const keep = (name: string) => message[name] ?? null;
  const { state = null, reason = null, since = null } = isObject(message.status) ? message.status : {};
  return {
    ...{ version: keep("version"), id: keep("id"), event: keep("event"), key: keep("key"), at: keep("at") },
    ...{ severity: keep("severity"), target },
    ...{ title: `${target}: details withheld`, text: `${target}: ${WORDS}`, action: null },
    ...{ revision: keep("revision"), run_id: keep("run_id") },
    status: { state, reason, since, message: WORDS },
    details: leaveOutTexts(message.details ?? {}),
    links: keep("links"),
  };
}

/** The same shape, with the figures, as what is numbered stays so; but for those that were written. */
function leaveOutTexts(value: Json): Json {
  if (typeof value === "string") return "withheld";
  if (Array.isArray(value)) return value.map(leaveOutTexts);
  if (!isObject(value)) return value;
  const isWritten = (name: string) => name === "before" || name === "after";
  const entries = Object.entries(value).map(([name, below]) => [name, isWritten(name) ? null : leaveOutTexts(below)]);
  return Object.fromEntries(entries);
}
