import { refuse } from "../state/refuse.ts";

/** The columns that a list can be filtered by, with a record's value in each. */
export type Columns<Record> = Readonly<{ [name: string]: (record: Record) => string }>;

const FUNCTIONS: Readonly<Record<string, (value: string, wanted: readonly string[]) => boolean>> = {
  eq: (value, wanted) => wanted.includes(value),
  ne: (value, wanted) => !wanted.includes(value),
  value_in: (value, wanted) => wanted.includes(value),
  contains: (value, wanted) => wanted.some((part) => value.includes(part)),
};

/**
 * Reads the filters of a list, `FUNCTION([ENTITY.]COLUMN,VALUE[;VALUE])` joined by `+`; without any, all records pass. Throws
 * `invalid_argument` for an invalid filter.
 */
export function readFilters<Record>(
  filters: string,
  entity: string,
  columns: Columns<Record>,
): (record: Record) => boolean {
  if (filters === "") {
    return () => true;
  }
  // A plus sign in a URL is a blank.
  const tests = filters.split(/[+ ](?=\w{1,20}\()/).map((text) => readFilter(text, entity, columns));
  return (record) => tests.every((test) => test(record));
}

/** The parts of `NAME(FIELD,VALUE)`, split at the last comma and the last parenthesis before it. All "" for an invalid filter. */
function readExpression(text: string) {
  const comma = text.lastIndexOf(",", text.length - 3);
  const open = text.lastIndexOf("(", comma - 2);
  if (open < 1 || !text.endsWith(")")) return { name: "", field: "", value: "" };
  const value = text.slice(comma + 1, -1);
  return {
    name: text.slice(0, open),
    field: text.slice(open + 1, comma),
    value: value.length > 1 ? value.replace(/^\s/, "") : value,
  };
}

function readFilter<Record>(text: string, entity: string, columns: Columns<Record>): (record: Record) => boolean {
  const { name, field, value } = readExpression(text);
  const matches = FUNCTIONS[name];
  if (matches === undefined) {
    throw refuse("invalid_argument", "invalid value for filters");
  }
  const column = columns[field.startsWith(`${entity}.`) ? field.slice(entity.length + 1) : field];
  if (column === undefined) {
    throw refuse("invalid_argument", `'${field}' is invalid filter`);
  }
  return (record) => matches(column(record), value.split(";"));
}
