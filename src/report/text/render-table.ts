import { type Paint, PLAIN } from "./paint.ts";
import { join, type Part, type Shown, shown } from "./shown-text.ts";

/** A text in a table, and what colours it. */
export interface Cell {
  readonly text: string;
  readonly colour?: (text: Part) => Shown;
}

/** The same, as a terminal shows it. */
interface ShownCell extends Pick<Cell, "colour"> {
  readonly text: Shown;
}

/** A table with its title, in columns as wide as it takes; "" where there is no row. */
export function renderTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): Shown {
  if (rows.length === 0) return shown``;
  const cells = rows.map((row) => row.map((cell) => ({ ...cell, text: shown`${cell.text}` })));
  const widths = head.map((name, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.text.width ?? 0), name.length),
  );
  // What pads a text stays outside of its colour, and no line ends with blanks.
  const line = (row: readonly ShownCell[]) =>
    row.reduce((text, { text: value, colour = PLAIN.strong }, column) => {
      const isLast = column === row.length - 1;
      return shown`${text}  ${colour(value)}${isLast ? "" : " ".repeat((widths[column] ?? 0) - value.width)}`;
    }, shown``);
  const names = head.map((name): ShownCell => ({ text: shown`${name}`, colour: paint.faint }));
  return join([paint.strong(title), line(names), ...cells.map(line)]);
}
