/** The messages that the reference shows are those that are sent. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { NotifyEvent } from "../../src/daemon/notify/event.ts";
import { renderMessage } from "../../src/daemon/notify/render-message.ts";
import { ALL_EVENTS } from "../daemon/notify/make-event.ts";

const REFERENCE = readFileSync(join(import.meta.dirname, "..", "..", "docs", "reference.md"), "utf8");
const SHOWN: readonly Readonly<Record<string, unknown>>[] = [...REFERENCE.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => JSON.parse(text),
);

test("the webhook's body is, as a whole, what its event is rendered as", () => {
  const shown = SHOWN.find(({ version }) => version !== undefined);
  const { id, event: type, key, at, target, revision, run_id, status, details } = Object(shown);
  const event: NotifyEvent = { ...details, type, key, at, target, revision, run_id, status };
  const options = { id, public_url: "https://poolkeeper.example.com/" };
  expect(JSON.parse(renderMessage(event, { type: "webhook", template: null }, options))).toEqual(shown);
});

test("the details of `changed` have the fields that are sent, and no others", () => {
  const shown = Object(SHOWN.find(({ changes }) => changes !== undefined));
  const { type: _type, changes: [sent] = [], ...frame } = Object(ALL_EVENTS.find(({ type }) => type === "changed"));
  const fieldsOf = (value: object) => Object.keys(value).sort();
  expect(fieldsOf(shown)).toEqual(expect.arrayContaining(["changes", "last_seq", "previous_seq"]));
  expect(Object.keys(frame)).toEqual(expect.arrayContaining(["last_seq", "previous_seq"]));
  expect(fieldsOf(shown.changes[0])).toEqual(fieldsOf(sent));
});

test("the table of details has a row for each event", () => {
  const [, table = ""] = /^\| event \| `details` \|\n([\s\S]*?)\n\n/m.exec(REFERENCE) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual(ALL_EVENTS.map(({ type }) => type).toSorted());
});
