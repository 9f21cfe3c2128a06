/** The messages and outputs that the documents show are those that are sent and printed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { NotifyEvent } from "../../src/daemon/notify/event.ts";
import { renderMessage } from "../../src/daemon/notify/render-message.ts";
import { renderBlameText } from "../../src/report/history/render-blame-text.ts";
import { renderChangesText } from "../../src/report/history/render-changes-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { ALL_EVENTS } from "../daemon/notify/make-event.ts";
import { makeEntry } from "../model/make-entry.ts";

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

/** The blocks without a language that begin so in the document about the command line. */
function readOutput(beginning: string): string {
  const document = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cli.md"), "utf8");
  return document.split("```\n").find((block) => block.startsWith(beginning)) ?? "";
}

const queue = { address: "queue.batch", physical_name: "batch" } as const;
const REVISIONS = ["abcdef123456".padEnd(40, "0"), "0123456789ab".padEnd(40, "0")] as const;
const APPROVED = makeEntry({
  ...{ ...queue, seq: 41, at: "2026-11-20T10:00:00.000Z", before: { depth: 100 }, after: { depth: 200 } },
  ...{
    decided_by: "approval",
    by: "ada",
    approval: "7",
    overrides: ["window"],
    revision: REVISIONS[0],
    run_id: "5e1c",
  },
  digest: "3f2a9c41".padEnd(64, "0"),
});

test("the change log is printed as shown", () => {
  const reverted = makeEntry({
    ...{ ...queue, seq: 40, at: "2026-11-19T08:12:30.000Z", before: { depth: 900 }, after: { depth: 100 } },
    ...{ decided_by: "drift", revision: REVISIONS[1], run_id: "4d0b", digest: "77b1c02d".padEnd(64, "0") },
  });
  expect(renderChangesText([APPROVED, reverted], PLAIN).toString()).toBe(readOutput("Changes\n"));
});

test("a blame is printed as shown", () => {
  const entry = makeEntry({ revision: REVISIONS[1], run_id: "2b77", at: "2026-11-03T09:10:11.000Z" });
  const blame = {
    ...{ ...queue, log_began: "2026-11-01T12:00:00.000Z", looked_at: "2026-11-20T11:00:00.000Z" },
    fields: [
      { path: "cluster_pool", value: "prod", source: { kind: "before_log" } },
      { path: "depth", value: 200, source: { kind: "written", entry: APPROVED } },
      { path: "run_concurrency", value: 10, live: 900, source: { kind: "written", entry } },
    ],
  } as const;
  expect(renderBlameText(blame, PLAIN).toString()).toBe(readOutput("queue.batch\n"));
});

test("each alert has a row that says what to do, and no other one has", () => {
  const read = (...path: readonly string[]) => readFileSync(join(import.meta.dirname, "..", "..", ...path), "utf8");
  const rows = [...read("docs", "operate.md").matchAll(/^\| `(Poolkeeper\w+)` \|/gm)].map(([, name]) => name);
  const alerts = [...read("deploy", "monitoring", "alerts.yaml").matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual(alerts.toSorted());
});
