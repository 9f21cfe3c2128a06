import type { Paint } from "./paint.ts";
import { stripControls } from "./strip-controls.ts";

/** A text in a table, and what colours it. */
export interface Cell {
  readonly text: string;
  readonly colour?: (text: string) => string;
}

/** A table with its title, in columns as wide as it takes; "" where there is no row. */
export function renderTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => row.map((cell) => ({ ...cell, text: stripControls(cell.text) })));
  const widths = head.map((name, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.text.length ?? 0), name.length),
  );
  // What pads a text stays outside of its colour, and no line ends with blanks.
  const line = (row: readonly Cell[]) =>
    row.reduce((text, { text: value, colour = (plain) => plain }, column) => {
      const isLast = column === row.length - 1;
      return `${text}  ${colour(value)}${isLast ? "" : " ".repeat((widths[column] ?? 0) - value.length)}`;
    }, "");
  const names = head.map((text): Cell => ({ text, colour: paint.faint }));
  return [paint.strong(title), line(names), ...cells.map(line)].join("\n");
}
