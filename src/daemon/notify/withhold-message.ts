import type { OutboxEntry } from "../../model/daemon-records.ts";
import { isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/plan.ts";
import { targetOfKey } from "./create-event.ts";
import { escapeSlack } from "./escape-slack.ts";

const WORDS =
  "The details of this message are left out: they may show a value that is sensitive by now, and what is kept of the target is not sealed by the rules that count now. See the target.";

/**
 * The body that is sent in place of a message which may show what is sensitive by now: in its shape, with fixed words in place of all that
 * manifests and servers may have said. What tells that something is wrong is never held back for that.
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
    ...{ title: `${target}: details are left out`, text: `${target}: ${WORDS}`, action: null },
    status: { state, reason, since, message: WORDS },
    details: leaveOutTexts(details),
  };
}

/** The same shape, with the figures, as what is numbered stays so; but for those that were written. */
function leaveOutTexts(value: Json): Json {
  if (typeof value === "string") return "left out";
  if (Array.isArray(value)) return value.map(leaveOutTexts);
  if (!isObject(value)) return value;
  const isWritten = (name: string) => name === "before" || name === "after";
  const entries = Object.entries(value).map(([name, below]) => [name, isWritten(name) ? null : leaveOutTexts(below)]);
  return Object.fromEntries(entries);
}
