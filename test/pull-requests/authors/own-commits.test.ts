import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { listOwnCommits, notePushed, readPushed } from "../../../src/pull-requests/authors/own-commits.ts";
import { STORE_FILE } from "../../../src/store/database/store-schema.ts";
import { openDatabase } from "../../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

test("the daemon knows its commits however many commands of strangers were reported since", async () => {
  const directory = makeTemporaryFolder();
  const { records, close } = await openDatabase(directory);
  onTestFinished(close);
  const tools = (target: string) => ({ records, config: { name: target } }) as Parameters<typeof listOwnCommits>[0];
  const by = { who: "poolkeeper", via: "github" };
  await notePushed(tools("prod"), { branch: "poolkeeper/drift-prod", commit: "1".repeat(40) }, by);
  await notePushed(tools("dev"), { branch: "poolkeeper/drift-dev", commit: "2".repeat(40) }, by);
  const database = new DatabaseSync(join(directory, STORE_FILE));
  database.exec(`with recursive nth(n) as (select 10 union all select n + 1 from nth where n < 2010)
    insert into audit_entry (id, at, target, who, via, action, details, seq)
      select 'command ' || n, '2026-11-01T12:00:00.000Z', case when n % 2 = 0 then 'prod' else 'dev' end, 'stranger', 'webhook', 'write_command',
        '{"request":1}', n from nth`);
  database.close();
  expect(await readPushed({ records }, "prod")).toMatchObject([{ branch: "poolkeeper/drift-prod" }]);
  expect(await listOwnCommits(tools("prod"))).toEqual(new Set(["1".repeat(40), "2".repeat(40)]));
});
