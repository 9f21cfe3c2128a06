import { OperationalError } from "../../model/errors/operational-error.ts";
import { createReadBudget } from "../../systems/http/read-budget.ts";

/** A page of a list, and the number of the one after it; null: it is the last. */
export interface ForgePage<T> {
  readonly records: readonly T[];
  readonly next: number | null;
  /** Of the answer that it is from. */
  readonly bytes: number;
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

/**
 * All pages of a list, each record once by `nameOf`: where something was opened or deleted in the meantime, pages shift. The later copy of a
 * record counts. Throws an OperationalError `forge_answer` for a list beyond {@link limitForgePages}, or whose next page is not a later one: a list is
 * never returned in part.
 */
export async function readForgePages<T>(
  what: string,
  nameOf: (record: T) => string | number,
  readPage: (page: number) => Promise<ForgePage<T>>,
): Promise<readonly T[]> {
  const byName = new Map<string | number, T>();
  const count = limitForgePages(what);
  for (let page: number | null = 1; page !== null; ) {
    const read: ForgePage<T> = await readPage(page);
    count(read);
    const { records, next } = read;
    for (const record of records) byName.set(nameOf(record), record);
    if (next !== null && next <= page) throw refuse(`${what} returned page ${next} after page ${page}`);
    page = next;
  }
  return [...byName.values()];
}

function refuse(fault: string): OperationalError {
  const remedy = "Check that the forge's url is the forge itself, not a gateway or another service.";
  return new OperationalError("forge_answer", `${fault}. ${remedy}`, { next: "stop" });
}
