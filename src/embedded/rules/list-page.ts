import { refuse } from "../state/refuse.ts";
import { findKey } from "../state/sorted-keys.ts";
import type { State, Tables } from "../state/state.ts";
import { type ListFilter, matchFilters, readField, showsDeleted } from "./filter-records.ts";

/** Rows of a page when the client names no limit. */
export const DEFAULT_PAGE_SIZE = 100;
/** Most rows of one page; a larger limit is reduced to this. */
export const MAX_PAGE_SIZE = 1000;

/** The fields that both list requests have in common. */
export interface ListOptions {
  readonly limit: number;
  readonly token: string;
  readonly filters: readonly ListFilter[];
  readonly rawFilters: readonly string[];
}

/** The tables that can be listed. */
export type ListedTable = "pool" | "cluster" | "queue";

/**
 * One page of a table in the order of names, deleted records hidden unless a filter asks for them. The token names the
 * last row returned, so that paging neither repeats nor skips rows when others are written in between; it is empty on the last page.
 */
export function listPage<T extends ListedTable>(
  state: State,
  table: T,
  options: ListOptions | undefined,
): { rows: Tables[T][]; token: string } {
  const limit = Math.min(options?.limit || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const rows: Tables[T][] = [];
  for (const { key, row } of walk(state, table, options)) {
    if (rows.length === limit) {
      return { rows, token: writeToken(rows.at(-1)?.name ?? key) };
    }
    rows.push(row);
  }
  return { rows, token: "" };
}

/** The number of rows of a table that pass the filters. */
export function countRows(state: State, table: ListedTable, filters: readonly ListFilter[]): number {
  return [...walk(state, table, { limit: 0, token: "", filters, rawFilters: [] })].length;
}

function* walk<T extends ListedTable>(state: State, table: T, options: ListOptions | undefined) {
  const filters = options?.filters ?? [];
  if (options !== undefined && options.rawFilters.length > 0) {
    throw refuse("invalid_argument", "raw_filters are not served here; use filters");
  }
  const withDeleted = showsDeleted(filters);
  const { rows, keys }: { rows: Map<string, Tables[ListedTable]>; keys: string[] } = state[table];
  for (let position = startOf(keys, options?.token ?? ""); position < keys.length; position++) {
    const key = keys[position] ?? "";
    const row = rows.get(key);
    if (
      row !== undefined &&
      (withDeleted || row.deleted_at === null) &&
      matchFilters(filters, (field) => readField(row, field))
    ) {
      yield { key, row: row as Tables[T] };
    }
  }
}

function startOf(keys: readonly string[], token: string): number {
  if (token === "") {
    return 0;
  }
  const key = readToken(token);
  const position = findKey(keys, key);
  return keys[position] === key ? position + 1 : position;
}

function writeToken(key: string): string {
  return Buffer.from(`after:${key}`).toString("base64url");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith("after:")) {
    throw refuse("invalid_argument", `page token "${token}" was not given out by this control plane`);
  }
  return text.slice("after:".length);
}
