/** How many rows or values of a list one statement has: SQLite takes 32,766 variables in one, and the widest rows have less than 50. */
const MOST_ROWS = 500;

/** A list of any length in parts, each for a statement of its own. */
export function* inParts<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += MOST_ROWS) yield rows.slice(from, from + MOST_ROWS);
}
