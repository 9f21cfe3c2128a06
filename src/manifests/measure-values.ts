/** What a map or a list counts, where any other value counts one: by the memory that they take. */
const COLLECTION = 4;

/** How many values plain data has, as they are counted: a text counts one for each of its lines. Each object counts once, also where it stands there twice. */
export function measureValues(value: unknown): number {
  const seen = new Set<object>();
  const pending: unknown[] = [value];
  let count = 0;
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null) {
      count += typeof next === "string" ? countLines(next) : 1;
      continue;
    }
    if (seen.has(next)) continue;
    seen.add(next);
    count += COLLECTION;
    for (const inner of Array.isArray(next) ? next : Object.values(next)) pending.push(inner);
  }
  return count;
}

/** How many lines the texts of plain data have beside their first ones. */
export function measureLines(value: unknown): number {
  const pending: unknown[] = [value];
  let count = 0;
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === "string") count += countLines(next) - 1;
    else if (typeof next === "object" && next !== null) for (const inner of Object.values(next)) pending.push(inner);
  }
  return count;
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
