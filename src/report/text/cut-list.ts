/** Changes, steps and routes that text shows. */
export const MOST_CHANGES = 200;
/** Remarks of a kind that text shows: notices, queues with work. */
export const MOST_REMARKS = 50;

/** As much of a list as text has room for, and what is left out: `… and 12 more steps (--json shows all)`. */
export function cutList<T, Written>(
  items: readonly T[],
  most: number,
  what: string,
  render: (item: T, index: number) => Written,
): readonly (Written | string)[] {
  const shown = items.slice(0, most).map(render);
  return items.length <= most ? shown : [...shown, `  … and ${items.length - most} more ${what} (--json shows all)`];
}

/** Names in a row, the first ten of them, as `write` writes each; `hint` says where the others are. */
export function cutNames(
  names: readonly string[],
  hint = " (--json shows all)",
  write: (name: string) => string = (name) => name,
): string {
  const shown = names.slice(0, MOST_NAMES).map(write).join(", ");
  return names.length <= MOST_NAMES ? shown : `${shown}, … and ${names.length - MOST_NAMES} more${hint}`;
}

const MOST_NAMES = 10;
