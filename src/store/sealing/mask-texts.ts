import { randomUUID } from "node:crypto";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Json } from "../../model/json/json.ts";
import { isJson } from "../../model/json/shape.ts";
import { createRedactor } from "../../systems/http/create-redactor.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { describeTable, type KeptName } from "../database/kept-tables.ts";
import { readTable } from "../database/read-snapshot.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import type { StoredValue } from "../database/stored-row.ts";

/** The placeholder of a withheld text in a message: its receiver still learns that there is one. */
export const WITHHELD = "Withheld: this text shows a value that has become sensitive. See the target.";

/** A column whose texts stay when more is sensitive, without the values that are known: people wrote them, or they are needed. */
interface Place {
  readonly table: KeptName;
  readonly column: string;
  /** Which rows are a target's. */
  readonly of: (target: string) => RawBuilder<unknown>;
  readonly mask: (text: string, redact: Redact) => string;
}
type Redact = (text: string) => string;

const ofTarget = (target: string) => sql`target = ${target}`;
const ofLedgers = (target: string) =>
  sql`exists (select 1 from sealed_kept as kept where kept.target = ${target} and kept.org = journal_entry.org and kept.endpoint = journal_entry.endpoint)`;

const PLACES: readonly Place[] = [
  { table: "target_state", column: "body", of: ofTarget, mask: maskJson },
  { table: "pass_record", column: "outcome", of: ofTarget, mask: maskJson },
  { table: "decision", column: "reason", of: ofTarget, mask: maskText },
  { table: "pause", column: "reason", of: ofTarget, mask: maskText },
  { table: "request_review", column: "body", of: ofTarget, mask: maskJson },
  {
    ...{ table: "request_review", column: "review", mask: maskJson },
    // A plan goes as a whole, or is what its digest says.
    of: (target) => sql`target = ${target} and review not like '%"kind":"planned"%'`,
  },
  { table: "merge_group", column: "body", of: ofTarget, mask: maskJson },
  { table: "requests_trouble", column: "message", of: ofTarget, mask: maskText },
  {
    ...{ table: "audit_entry", column: "details", mask: maskJson },
    of: (target) => sql`(target = ${target} or target is null)`,
  },
  {
    ...{ table: "told_comment", column: "said", mask: maskCommand },
    of: (target) => sql`place in (select place from request_review where target = ${target})`,
  },
  { table: "journal_entry", column: "message", of: ofLedgers, mask: maskText },
  // Of any target: all receivers may see what waits there.
  { table: "outbox_entry", column: "body", of: () => sql`ended_at is null`, mask: withhold },
];

/** A text as it is, and as it is to be. */
interface Masked extends Pick<Place, "table" | "column"> {
  readonly key: readonly (readonly [string, StoredValue])[];
  readonly before: string;
  readonly after: string;
}

/**
 * Takes values out of all texts about a target that stay when more is sensitive. Must run before the values' own records are sealed or
 * dropped: an interrupted run is then repeated, as the values are still known. The audit has the number of texts.
 */
export async function maskTexts(
  connection: StoreConnection,
  target: string,
  values: ReadonlySet<string>,
): Promise<void> {
  if (values.size === 0) return;
  const redactor = createRedactor();
  for (const value of values) redactor.add(value);
  for (;;) {
    const masked = await findMasked(connection, target, redactor.redact);
    if (masked.length === 0) return;
    const { now: at } = await connection.db.selectNoFrom(connection.time(0).as("now")).executeTakeFirstOrThrow();
    const written = await connection.transact(() => write(connection, { target, at, masked }));
    if (written === masked.length) return;
  }
}

async function findMasked({ db }: StoreConnection, target: string, redact: Redact): Promise<readonly Masked[]> {
  const found: Masked[] = [];
  for (const { table, column, of, mask } of PLACES) {
    const described = describeTable(table);
    for await (const { row } of readTable(db, described, of(target))) {
      const before = row[column];
      if (typeof before !== "string" || before === "") continue;
      const after = mask(before, redact);
      const key = described.key.map((name) => [name, row[name] ?? null] as const);
      if (after !== before) found.push({ table, column, key, before, after });
    }
  }
  return found;
}

interface Writing {
  readonly target: string;
  readonly at: string;
  readonly masked: readonly Masked[];
}

/** Gives how many were as they had been read. */
function* write(connection: StoreConnection, { target, at, masked }: Writing): Statements<number> {
  // Tables and columns are known at run time alone.
  const db = connection.db as unknown as Kysely<Record<string, Record<string, StoredValue>>>;
  let count = 0;
  for (const { table, column, key, before, after } of masked) {
    let update = db
      .updateTable(table)
      .set({ [column]: after })
      .where(column, "=", before);
    for (const [name, value] of key) update = update.where(name, "=", value);
    count += yield update;
  }
  const entry = { id: randomUUID(), at, target, who: "poolkeeper", via: "pass", action: "seal" };
  if (count > 0) yield insertAudit(connection, { ...entry, details: { masked: count } });
  return count;
}

function maskText(text: string, redact: Redact): string {
  return redact(text);
}

/** The command at the beginning of a comment stays: by it the comment is known again. */
function maskCommand(text: string, redact: Redact): string {
  const command = /^\W{0,9}poolkeeper[ \t]+[a-z]+/i.exec(text)?.[0] ?? "";
  return command + redact(text.slice(command.length));
}

function maskJson(text: string, redact: Redact): string {
  return changeTexts(text, redact);
}

function withhold(text: string, redact: Redact): string {
  return changeTexts(text, (one) => (redact(one) === one ? one : WITHHELD));
}

/** Keys whose texts are what people, manifests and servers say, be it one word. */
const SAYING: ReadonlySet<string> = new Set([
  ...["message", "reason", "rejected_because", "said", "title", "description", "summary", "detail", "text"],
]);

/** Text of JSON with its sentences changed; of the same text where none is. What has no blank is a name, unless its key says else. */
function changeTexts(text: string, change: Redact): string {
  // Most hold none of it, and are not read.
  if (change(text) === text) return text;
  let isChanged = false;
  const walk = (value: Json, key: string): Json => {
    if (typeof value === "string") {
      if (!SAYING.has(key) && !/\s/.test(value)) return value;
      const after = change(value);
      isChanged ||= after !== value;
      return after;
    }
    if (Array.isArray(value)) return value.map((item: Json) => walk(item, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, walk(below as Json, name)]));
  };
  const after = walk(readStoredJson(text, "a text", isJson), "");
  return isChanged ? JSON.stringify(after) : text;
}
