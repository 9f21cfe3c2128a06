import { OperationalError } from "../../model/errors/operational-error.ts";
import { createReadBudget } from "../../systems/http/read-budget.ts";

/** A page of a list, and the number of the one after it; null: it is the last. */
export interface ForgePage<T> {
  readonly records: readonly T[];
  readonly next: number | null;
  /** Of the answer that it is from. */
  readonly bytes: number;
  /** Whether there are more after it that are not to be read: the list is not used then. Default: no. */
  readonly isCut?: boolean;
}

/**
 * Far more open requests, or comments on one, than people review. 10,000 requests of GitHub have 256 MB, and the most comments that GitHub takes, 2,500 of
 * 65,536 letters, have 180 MB.
 */
const LIMITS = {
  ...{ pages: 200, records: 20_000, timeMs: 10 * 60_000 },
  ...{ characters: 32 * 1024 * 1024, bytes: 256 * 1024 * 1024 },
};

/**
 * Counts the pages of a list of a forge: it may take 200 pages, 20,000 entries, 32 million characters, 256 MiB of answers and 10 minutes. Throws an
 * OperationalError `forge_answer` beyond that. `what`: the list's name, for messages.
 */
export function limitForgePages(what: string): (page: Pick<ForgePage<unknown>, "records" | "bytes">) => void {
  const budget = createReadBudget(LIMITS);
  return ({ records, bytes }) => {
    const excess = budget.spend(records, bytes);
    if (excess !== null) throw refuse(`${what} returned more than ${excess}, so reading stopped`);
  };
}

/** How the pages of a list are read. */
export interface PageReadingOptions {
  /** Nothing leaves the list, or what it leaves out is found in another way. Default: it is read as people may delete what is in it. */
  readonly isReadOnce?: boolean;
}

/**
 * All pages of a list, each record once by `nameOf`, in the list's order: where something was opened or deleted in the meantime, pages shift. The later
 * copy of a record counts. What is deleted after its page was read makes the next page leave out a record, which could be a rejection. So where there is more than
 * one page, those before the last are read once more, backwards: from there, what is deleted shows a record twice. Throws an OperationalError `forge_answer` for a
 * list beyond {@link limitForgePages}, or whose next page is not a later one: a list is never returned in part.
 */
export async function readForgePages<T>(
  what: string,
  nameOf: (record: T) => string | number,
  readPage: (page: number) => Promise<ForgePage<T>>,
  { isReadOnce = false }: PageReadingOptions = {},
): Promise<readonly T[]> {
  const pages: (readonly T[])[] = [];
  const numbers: number[] = [];
  const count = limitForgePages(what);
  let isOnce = isReadOnce;
  for (let page: number | null = 1; page !== null; ) {
    const read: ForgePage<T> = await readPage(page);
    count(read);
    const { records, next } = read;
    pages.push(records);
    numbers.push(page);
    isOnce ||= read.isCut === true;
    if (next !== null && next <= page) throw refuse(`${what} returned page ${next} after page ${page}`);
    page = next;
  }
  const again: (readonly T[])[] = [];
  const countAgain = limitForgePages(what);
  for (const page of isOnce ? [] : numbers.slice(0, -1).reverse()) {
    const read = await readPage(page);
    countAgain(read);
    again.unshift(read.records);
  }
  return mergePages(nameOf, pages, again);
}

/** Each record once, and its copy of `again` where that has one. What only that has moved there from a later page: so it follows what stood on its page before. */
function mergePages<T>(
  nameOf: (record: T) => string | number,
  pages: readonly (readonly T[])[],
  again: readonly (readonly T[])[],
): readonly T[] {
  const newest = new Map([...pages, ...again].flat().map((record) => [nameOf(record), record]));
  const places = new Map([...new Set(pages.flat().map(nameOf))].map((name, place) => [name, place]));
  let place = -1;
  for (const [index, records] of again.entries()) {
    for (const record of pages[index] ?? []) place = Math.max(place, places.get(nameOf(record)) ?? place);
    for (const name of records.map(nameOf)) {
      place = Math.max(place, places.get(name) ?? place);
      if (!places.has(name)) places.set(name, place);
    }
  }
  return [...newest]
    .toSorted(([one], [other]) => (places.get(one) ?? 0) - (places.get(other) ?? 0))
    .map(([, record]) => record);
}

function refuse(fault: string): OperationalError {
  const remedy = "Check that the forge's url is the forge itself, not a gateway or another service.";
  return new OperationalError("forge_answer", `${fault}. ${remedy}`, { next: "stop" });
}
