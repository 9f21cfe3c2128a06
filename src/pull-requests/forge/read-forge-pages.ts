import { OperationalError } from "../../model/errors/operational-error.ts";
import { createReadBudget, type ReadBudget } from "../../systems/http/read-budget.ts";

/** A page of a list, and the number of the one after it; null: it is the last. */
export interface ForgePage<T> {
  readonly records: readonly T[];
  readonly next: number | null;
}

/** Far more open requests, or comments on one, than people review. */
const LIMITS = {
  ...{ pages: 200, records: 20_000, characters: 32 * 1024 * 1024, timeMs: 10 * 60_000 },
  // The values of each answer are counted, and it is parsed in its turn.
  bytes: Number.POSITIVE_INFINITY,
};

/** What a list of a forge may take: 200 pages, 20,000 entries, 32 million characters and 10 minutes. */
export function createForgeBudget(): ReadBudget {
  return createReadBudget(LIMITS);
}

/**
 * All pages of a list, each record once by `nameOf`: where something was opened or deleted in the meantime, pages shift. The later copy of a
 * record counts. `what`: the list's name, for messages. Throws an OperationalError `forge_answer` for a list beyond {@link
 * createForgeBudget}, or whose next page is not a later one: a list is never returned in part.
 */
export async function readForgePages<T>(
  what: string,
  nameOf: (record: T) => string | number,
  readPage: (page: number) => Promise<ForgePage<T>>,
): Promise<readonly T[]> {
  const byName = new Map<string | number, T>();
  const budget = createForgeBudget();
  for (let page: number | null = 1; page !== null; ) {
    const { records, next }: ForgePage<T> = await readPage(page);
    const excess = budget.spend(records);
    if (excess !== null) throw refuse(`${what} returned more than ${excess}, so reading stopped`);
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
