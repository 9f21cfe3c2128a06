/**
 * The attacker may read. What the change log has of each write is as long as manifests and a control plane make it: where one answer had all that was asked
 * for, it would take more memory than the daemon has, and end it for all targets.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { ChangesPage } from "../../src/model/daemon/daemon-service.ts";
import type { Blame } from "../../src/model/ledger/blame.ts";
import { MOST_VALUES } from "../../src/model/ledger/change-log.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";

const WRITES = 40;
const LONG = 500_000;

/** As if the last write to the queue had been made so often again, each with a value that is as long. Returns the last number. */
function repeatWrites(file: string, lengths: readonly number[]): number {
  const db = new DatabaseSync(file);
  db.exec("pragma busy_timeout = 8000");
  const { columns } = db
    .prepare(`select group_concat('"' || name || '"') as columns from pragma_table_info('change_entry')
      where name not in ('id', 'seq', 'before', 'after')`)
    .get() as { readonly columns: string };
  const { id, last } = db
    .prepare(
      `select id, (select max(seq) from change_entry) as last from change_entry where kind = 'queue' order by seq desc limit 1`,
    )
    .get() as { readonly id: string; readonly last: number };
  db.exec("begin immediate");
  for (const [index, length] of lengths.entries()) {
    const after = JSON.stringify({ note: String(index % 10).repeat(length) });
    db.prepare(
      `insert into change_entry (id, seq, "before", "after", ${columns}) select ?, ?, null, ?, ${columns} from change_entry where id = ?`,
    ).run(randomUUID(), last + 1 + index, after, id);
  }
  db.prepare("update change_count set last = ?").run(last + lengths.length);
  db.exec("commit");
  db.close();
  return last + lengths.length;
}

test("long values are answered page by page, and what alone is too long only with how long it is", async () => {
  const { first, ...world } = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(first);
  const lengths = [...Array.from({ length: WRITES }, () => LONG), MOST_VALUES, 5];
  const last = repeatWrites(join(world.folder, "data", "poolkeeper.sqlite"), lengths);
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const read = async (query: string) => {
    const text = await (await fetch(`${daemon.url}/api/v1/targets/prod/${query}`, { headers })).text();
    expect(text.length).toBeLessThan(1.2 * MOST_VALUES);
    return JSON.parse(text);
  };
  const newest = (await read("changes?limit=1000")) as ChangesPage;
  expect(newest.more).toBe(true);
  expect(newest.entries.slice(0, 2)).toMatchObject([
    { seq: last, after: { note: "1".repeat(5) } },
    { seq: last - 1, before: null, after: null, too_large: MOST_VALUES + '{"note":""}'.length },
  ]);
  const seqs: number[] = [];
  for (let more = true; more; ) {
    const page = (await read(`changes?limit=1000&since=${seqs.at(-1) ?? 0}`)) as ChangesPage;
    seqs.push(...page.entries.map(({ seq }) => seq));
    more = page.more;
  }
  expect(seqs).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  const blame = (await read("blame?address=queue.any")) as Blame;
  expect(blame.fields.length).toBeGreaterThan(0);
});
