import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { STORED_TEXTS } from "./stored-texts.ts";

test("of every text that a store can hold it is decided what becomes of it when more is sensitive", async () => {
  const directory = join(makeTemporaryFolder(), "store");
  await (await openDatabase(directory)).close();
  const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
  const columns = database
    .prepare(
      `select tables.name || '.' || columns.name as name from sqlite_schema as tables, pragma_table_info(tables.name) as columns
        where tables.type = 'table' and tables.name not like 'sqlite_%' and columns.type = 'TEXT' collate nocase`,
    )
    .all();
  database.close();
  const decided = Object.entries(STORED_TEXTS).flatMap(([table, texts]) =>
    Object.keys(texts).map((column) => `${table}.${column}`),
  );
  expect(decided.sort()).toEqual(columns.map(({ name }) => String(name)).sort());
});
