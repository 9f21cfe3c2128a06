import type { OutboxEntry } from "../../model/daemon-records.ts";
import { isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/plan.ts";
import { targetOfKey } from "./create-event.ts";
import { escapeSlack } from "./escape-slack.ts";

const WORDS =
  "The details of this message are withheld: they may show a value that is now sensitive, and the target's stored records are not sealed by the current rules yet. See the target.";

/**
 * The body that replaces a message which may show a value that is now sensitive: the same shape, with fixed words in place of everything that
 * manifests and servers may have said. The alarm itself is never suppressed.
 */
export function withholdMessage({ key, body }: Pick<OutboxEntry, "key" | "body">): string {
  const target = targetOfKey(key);
  const message: JsonObject = JSON.parse(body);
  const withheld = "blocks" in message ? withholdSlack(message, target) : withholdWebhook(message, target);
  return JSON.stringify(withheld);
}

/** The last block names the target, its state and the run. */
function withholdSlack({ blocks }: JsonObject, target: string): JsonObject {
  const text = `:warning: *${escapeSlack(target)}*: ${WORDS}`;
  const foot = Array.isArray(blocks) ? blocks.slice(1) : [];
  return { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }, ...foot] };
}

function withholdWebhook({ status, details = {}, ...message }: JsonObject, target: string): JsonObject {
  const { state = null, reason = null, since = null } = isObject(status) ? status : {};
  return {
    ...message,
    ...{ title: `${target}: details withheld`, text: `${target}: ${WORDS}`, action: null },
    status: { state, reason, since, message: WORDS },
    details: leaveOutTexts(details),
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
