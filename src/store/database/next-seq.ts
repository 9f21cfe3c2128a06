import { type AliasableExpression, sql } from "kysely";
import type { StoreTables } from "./store-schema.ts";

/** The tables whose rows are numbered in the order in which they are written. */
export type NumberedTable = {
  [Name in keyof StoreTables]: StoreTables[Name] extends NumberedRow ? Name : never;
}[keyof StoreTables];

/** A row whose place among the others no clock decides: clocks are set back. */
export interface NumberedRow {
  /**
   * Larger than that of every row that was there when this one was written. Two that were written at the same time may have the same; that
   * of a removed row may be reused by a row that is newer than all others.
   */
  readonly seq: number;
}

/** The number of a row that is written now, for its `insert`. */
export function nextSeq(table: NumberedTable): AliasableExpression<number> {
  return sql<number>`(select coalesce(max(seq), 0) + 1 from ${sql.table(table)})`;
}
