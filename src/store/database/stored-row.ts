/** What a column holds, the same in every database. */
export type StoredValue = string | number | null;

/** One row of one table: what a backup consists of. */
export interface StoredRow {
  readonly table: string;
  readonly row: Readonly<Record<string, StoredValue>>;
}
