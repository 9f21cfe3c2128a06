/** A page of a list, and the number of the one after it; null: it is the last. */
export interface ForgePage<T> {
  readonly records: readonly T[];
  readonly next: number | null;
}

/**
 * All pages of a list, each record once by `nameOf`: where something was opened or deleted meanwhile, pages shift. The later sight of
 * a record counts.
 */
export async function readForgePages<T>(
  nameOf: (record: T) => string | number,
  readPage: (page: number) => Promise<ForgePage<T>>,
): Promise<readonly T[]> {
  const byName = new Map<string | number, T>();
  for (let page: number | null = 1; page !== null; ) {
    const { records, next }: ForgePage<T> = await readPage(page);
    for (const record of records) byName.set(nameOf(record), record);
    // A page that leads backwards would never end.
    page = next !== null && next > page ? next : null;
  }
  return [...byName.values()];
}
