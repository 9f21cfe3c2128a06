import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { isOfRows, isOfTables } from "../../../src/store/database/explain-store-error.ts";

/** What SQLite throws at a statement. */
function refuse(statement: string): unknown {
  const database = new DatabaseSync(":memory:");
  onTestFinished(() => database.close());
  database.exec("create table kept (id integer primary key, name text not null) strict");
  try {
    database.prepare(statement).run();
  } catch (error) {
    return error;
  }
  return expect.fail();
}

test.each([
  ["a column that is missing", "insert into kept (id, other) values (1, 'a')", true],
  ["a value that is missing", "insert into kept (id, name) values (1, null)", true],
  ["a value of another type", "insert into kept (id, name) values ('a', 'a')", true],
  ["a table that is missing", "insert into gone (id) values (1)", false],
  ["what is no statement", "insert kept", false],
])("of SQLite, %s is a matter of the rows or not", (_what, statement, isIt) => {
  expect(isOfRows(refuse(statement))).toBe(isIt);
});

test.each([
  ["22P02", true, true],
  ["23502", true, true],
  ["42703", true, true],
  ["42P01", false, true],
  ["42501", false, true],
  ["57P01", false, false],
  ["ECONNREFUSED", false, false],
])("of PostgreSQL, %s is a matter of the rows: %s, or of the tables: %s", (code, ofRows, ofTables) => {
  const error = Object.assign(new Error("refused"), { code });
  expect([isOfRows(error), isOfTables(error)]).toEqual([ofRows, ofTables]);
});
