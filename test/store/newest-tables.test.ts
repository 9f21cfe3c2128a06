import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { connectSqlite } from "../../src/store/database/connect-sqlite.ts";
import { listMissingMigrations, PREPARE_VERSIONS } from "../../src/store/database/migrations.ts";
import { STORE_FILE } from "../../src/store/database/store-schema.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const GENERATED = join(import.meta.dirname, "..", "..", "src", "store", "database", "newest-tables.ts");

/** A store that has been through all migrations, one after the other. */
function migrateAll(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  for (const statements of [PREPARE_VERSIONS, ...listMissingMigrations(0, "here")]) database.exec(statements);
  return database;
}

/** All of its tables and indices as SQLite has them, in the order in which they can be made, and all of its rows. */
function readAll(database: DatabaseSync) {
  const made = database
    .prepare("select name, type, sql from sqlite_schema where sql is not null order by type desc, name")
    .all()
    .map(({ name, type, sql }) => ({ name: String(name), isTable: type === "table", sql: String(sql) }));
  const tables = made.filter(({ isTable }) => isTable);
  const rows = tables.map(({ name }) => [name, database.prepare(`select * from "${name}"`).all()]);
  return { made, rows };
}

test("a new store has the tables and rows that all migrations give it", async () => {
  const folder = makeTemporaryFolder();
  await (await connectSqlite(folder, () => 0, true)).close();
  expect(readAll(new DatabaseSync(join(folder, STORE_FILE)))).toEqual(readAll(migrateAll()));
});

test("its tables are written out as the migrations leave them", async () => {
  const { made } = readAll(migrateAll());
  const sql = made.filter(({ name }) => name !== "store_migration").map((one) => `${one.sql};`);
  await expect(
    [
      "/** The tables of a store on SQLite that has been through all migrations. Written by `npx vitest run test/store/newest-tables.test.ts --update`. */",
      `export const NEWEST_TABLES = \`\n${sql.join("\n")}\n\`;\n`,
    ].join("\n"),
  ).toMatchFileSnapshot(GENERATED);
});
