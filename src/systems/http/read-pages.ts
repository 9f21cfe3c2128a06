import { OperationalError } from "../../model/errors/operational-error.ts";
import { createReadBudget, limitReads, multiplyLimits, type ReadBudget, type ReadLimits } from "./read-budget.ts";

/** One page of a list and the token of the next; an empty token ends. */
export interface Page<T> {
  readonly records: readonly T[];
  readonly token: string;
  /** What it was decoded from. Left out: the budget of the list has nothing of it. */
  readonly bytes?: number;
}

/** What is asked for first, in records a page. Servers may give fewer. */
export const PAGE_LIMIT = 1000;
/** What every server takes: the upstream client never asks for more. */
export const SAFE_PAGE_LIMIT = 100;
/** Where a hundred records are too large for one answer, as queues that each name thousands of clusters. */
const SMALL_PAGE_LIMIT = 10;

/** How a list is read; every field has a default. */
export interface PageReading {
  /** What is asked for first, in records a page. Default 1000. */
  readonly pageLimit?: number | undefined;
  /** What this list may take. Default {@link limitReads}. */
  readonly limits?: ReadLimits | undefined;
  /** The limit that it shares with others. Default: none is shared. */
  readonly shared?: ReadBudget | undefined;
  /**
   * Whether a record that leaves the list while it is read is irrelevant. Default: the list is read again where that may have hidden
   * another one.
   */
  readonly isMoving?: boolean | undefined;
}

/** Lists of one look at a server, each with its own limits. */
const LISTS_OF_A_LOOK = 4;

/** For all lists that are read in one go: each within its limits, and all of them together within four times as much. */
export function shareBudget(limits: ReadLimits): PageReading {
  return { limits, shared: createReadBudget(multiplyLimits(limits, LISTS_OF_A_LOOK)) };
}

/** A token is a place in a list, and no longer than that needs; in characters. */
const LONGEST_TOKEN = 4_096;

/** A list that changes each time it is read is no list to plan from. */
const MOST_READS = 3;

/**
 * Reads a list in full, page by page, and gives each record once, by `nameOf`, even when a page boundary shifts in between (the later one
 * counts: it is fresher). Where tokens are offsets, a delete in between would make the next page leave out a record: such a page is asked
 * for from the last record of the one before, and the list is read again where that is not there. A server that refuses the first page
 * size, or whose page is too large, is asked for 100, and where that is too large for 10. Throws an OperationalError: `paging_broken` for a token that comes back a second
 * time, `list_too_long` for more than the limits, `list_changed` where it was read in vain three times.
 */
export async function readPages<T>(
  what: string,
  nameOf: (record: T) => string,
  readPage: (limit: number, token: string) => Promise<Page<T>>,
  reading: PageReading = {},
): Promise<readonly T[]> {
  for (let count = 1; count <= MOST_READS; count += 1) {
    const records = await readOnce(what, nameOf, readPage, reading);
    if (records !== null) return records;
  }
  throw new OperationalError(
    "list_changed",
    `${what} changed while it was read, ${MOST_READS} times in a row. Try again when fewer objects are deleted.`,
    { next: "retry" },
  );
}

/** Null where a page may have left out a record. */
async function readOnce<T>(
  what: string,
  nameOf: (record: T) => string,
  readPage: (limit: number, token: string) => Promise<Page<T>>,
  { pageLimit = PAGE_LIMIT, limits = limitReads(), shared, isMoving = false }: PageReading,
): Promise<readonly T[] | null> {
  const byName = new Map<string, T>();
  const seen = new Set<string>();
  const own = createReadBudget(limits);
  let limit = pageLimit;
  let token = "";
  /** Where in the list the page ends, if tokens are offsets. */
  let end = 0;
  let overlaps = false;
  do {
    const page = await readFitting(limit, (smaller) => {
      limit = smaller;
      return readPage(limit, token);
    });
    const excess = own.spend(page.records, page.bytes) ?? shared?.spend(page.records, page.bytes) ?? null;
    if (excess !== null) throw tooLong(what, excess);
    const [first] = page.records;
    if (overlaps && (first === undefined || !byName.has(nameOf(first)))) return null;
    for (const record of page.records) byName.set(nameOf(record), record);
    if (page.token.length > LONGEST_TOKEN) throw brokenPaging(what, `a page token of ${page.token.length} characters`);
    if (seen.has(page.token))
      throw brokenPaging(what, `the page token ${JSON.stringify(page.token.slice(0, 100))} twice`);
    seen.add(page.token);
    end += page.records.length;
    overlaps = !isMoving && page.records.length > 1 && page.token === String(end);
    if (overlaps) end -= 1;
    token = overlaps ? String(end) : page.token;
  } while (token !== "");
  return [...byName.values()];
}

/** Reads a page, and a smaller one where the server refuses the size or its answer is too large. */
async function readFitting<T>(limit: number, readPage: (limit: number) => Promise<Page<T>>): Promise<Page<T>> {
  try {
    return await readPage(limit);
  } catch (error) {
    const smaller = error instanceof OperationalError ? findSmaller(limit, error.code) : null;
    if (smaller === null) throw error;
    return readFitting(smaller, readPage);
  }
}

/** Null: no smaller page would help. */
function findSmaller(limit: number, code: string): number | null {
  if (limit > SAFE_PAGE_LIMIT && (code === "invalid_argument" || code === "answer_too_large")) return SAFE_PAGE_LIMIT;
  return limit > SMALL_PAGE_LIMIT && code === "answer_too_large" ? SMALL_PAGE_LIMIT : null;
}

function brokenPaging(what: string, given: string): OperationalError {
  return new OperationalError(
    "paging_broken",
    `${what} returned ${given}, so the list would never end. Report it to the operator of the server.`,
    { next: "stop" },
  );
}

/** `list_too_long`: what is read takes more than its budget. */
export function tooLong(what: string, excess: string): OperationalError {
  return new OperationalError(
    "list_too_long",
    `${what} returned more than ${excess}, so reading stopped. Check that the endpoint is correct; if there are that many objects, raise max_objects (POOLKEEPER_MAX_OBJECTS), and a daemon's memory.`,
    { next: "stop" },
  );
}
