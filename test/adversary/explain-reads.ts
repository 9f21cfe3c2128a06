import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";

/** The plans by which SQLite reads a table (records of requests by default), of the statements of this process that fit, until the test ends. */
export function explainReads(statement: RegExp, table = "request_review"): readonly string[] {
  const plans: string[] = [];
  const prepare = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, text) {
    if (text.includes(`"${table}"`) && statement.test(text)) {
      const values = Array(text.split("?").length - 1).fill(null);
      const rows = Reflect.apply(prepare, this, [`explain query plan ${text}`]).all(...values);
      plans.push(rows.map(({ detail }) => detail).join("; "));
    }
    return Reflect.apply(prepare, this, [text]);
  };
  onTestFinished(() => {
    DatabaseSync.prototype.prepare = prepare;
  });
  return plans;
}
