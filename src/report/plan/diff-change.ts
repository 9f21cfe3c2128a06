import type { Json } from "../../model/json/json.ts";
import type { Change } from "../../model/plan/plan.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { diffTexts } from "../text/diff-texts.ts";
import { cleanText, cutText } from "../text/markdown.ts";
import { describeChange, type FieldLine, formatDifference, formatValue } from "./describe-change.ts";

/** The lines of a diff as far as they were looked at. */
export interface DiffBeginning {
  readonly lines: readonly string[];
  /** Fields behind them. */
  readonly left: number;
  /** Nothing that differs in these lines is cut off. */
  readonly isAll: boolean;
}

/** A change as the lines of a diff, yet to be cleaned, every value in full. A sign has to lead the line for a forge to colour it. */
export function diffChange(change: Change): readonly string[] {
  const { head, fields } = beginDiff(change);
  const unlimited = { line: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY, isWhole: true };
  return [...head, ...fields.flatMap((field) => diffField(field, 0, unlimited).lines)];
}

/**
 * The same up to the field that follows so many lines. Where a field's values take more than `line` characters, only what differs in them is shown: of
 * lists the entries, of texts the part from the first to the last difference. Where that is longer too, or the values are too long to be compared,
 * they are cut.
 */
export function diffBeginning(change: Change, most: { readonly line: number; readonly lines: number }): DiffBeginning {
  const { head, fields } = beginDiff(change);
  const lines = [...head];
  let isAll = true;
  for (const [at, field] of fields.entries()) {
    if (lines.length > most.lines) return { lines, left: fields.length - at, isAll };
    const limits = { line: most.line, values: MOST_COMPARED, isWhole: false };
    const one = diffField(field, countCharacters(field), limits);
    for (const line of one.lines) lines.push(line);
    isAll &&= one.isAll;
  }
  return { lines, left: 0, isAll };
}

/** Characters of a field's values, before and after, that are compared to show the beginning of a change. */
const MOST_COMPARED = 4_000;

/**
 * The same with all that differs at any length: null where neither the values nor the lines may have so many characters. `looked`: what the
 * values had that were looked at.
 */
export function diffWhole(
  change: Change,
  most: { readonly line: number; readonly characters: number },
): { readonly lines: readonly string[] | null; readonly looked: number } {
  const { head, fields } = beginDiff(change);
  const lines = [...head];
  let [looked, length] = [0, 0];
  for (const field of fields) {
    const size = countCharacters(field);
    if (field.isCut || looked + size > most.characters) return { lines: null, looked };
    looked += size;
    for (const line of diffField(field, size, { line: most.line, values: size, isWhole: true }).lines) {
      length += line.length;
      if (length > most.characters) return { lines: null, looked };
      lines.push(line);
    }
  }
  return { lines, looked };
}

function beginDiff(change: Change): { readonly head: readonly string[]; readonly fields: readonly FieldLine[] } {
  const { symbol, title, remark, fields } = describeChange(change);
  const sign = { "+": "+", "~": "!", "+/-": "-", "-": "-", " ": " " }[symbol];
  const head = symbol === " " ? title : `${symbol} ${title}`;
  return { head: [`${sign} ${head}`, ...(remark === null ? [] : [`#   ${remark}`])].map(showInLine), fields };
}

/** How a field is shown whose values have `size` characters. */
function diffField(
  field: FieldLine,
  size: number,
  { line: most, values, isWhole }: { readonly line: number; readonly values: number; readonly isWhole: boolean },
): Pick<DiffBeginning, "lines" | "isAll"> {
  const { symbol, before, after, isFile, isCut } = field;
  const path = showInLine(field.path);
  const lead = { "+": "+", "~": "!", "-": "-", " ": " " }[symbol];
  if (isFile) {
    const { summary, lines } = diffTexts(before, after);
    return { lines: [`${lead}     ${path} (${summary})`, ...lines], isAll: !isCut };
  }
  const remark = field.forcesReplacement ? "  # forces replacement" : "";
  const isLong = size > values;
  const room = isLong ? Math.max(SHOWN_BEFORE, roomOfEach(field, remark, most) - FRAME_OF_CUT) : undefined;
  const difference = formatDifference(field, (value) => formatValue(value, room));
  const line = `${lead}     ${path} = ${difference}${remark}`;
  if (isLong || isCut || line.length <= most || symbol !== "~") return { lines: [line], isAll: !isLong && !isCut };
  if (Array.isArray(before) && Array.isArray(after)) {
    return { lines: diffLists(field, [before, after], remark), isAll: true };
  }
  const { short, isAll } = diffLong(field, remark, most);
  return { lines: [isWhole && !isAll ? line : short], isAll: isWhole || isAll };
}

/** Of the texts in a field's values, about: what is none counts as eight. Lines of files are counted once they are found. */
function countCharacters({ before, after, isFile }: FieldLine): number {
  return isFile ? 0 : countText(before) + countText(after);
}

function countText(value: Json | undefined): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return FRAME_OF_VALUE;
  return Object.entries<Json>(value).reduce((sum, [key, inner]) => sum + key.length + countText(inner), FRAME_OF_VALUE);
}

const FRAME_OF_VALUE = 8;

function diffLists(
  { path }: FieldLine,
  [before, after]: readonly [readonly Json[], readonly Json[]],
  remark: string,
): readonly string[] {
  const [gone, come] = [listNew(before, after), listNew(after, before)];
  const order = gone.length + come.length === 0 ? ", in another order" : "";
  const counts = `${before.length} -> ${after.length} entries`;
  const lines = [...gone.map((entry) => `-       ${entry}`), ...come.map((entry) => `+       ${entry}`)];
  return [`!     ${showInLine(path)}: ${counts}${order}${remark}`, ...lines];
}

/** What differs of two texts, with what stands right before and after it; `isAll`: nothing that differs is cut off. */
function diffLong({ path, before, after }: FieldLine, remark: string, most: number) {
  // Masked before anything is cut off: half of a credential would not be known as one.
  const [former, next] = [cleanText(formatValue(before)), cleanText(formatValue(after))];
  const first = findDifference(former, next);
  const from = Math.max(0, first - SHOWN_BEFORE);
  const same = Math.max(0, countSameAtEnd(former, next, first) - SHOWN_BEFORE);
  const room = Math.max(SHOWN_BEFORE, roomOfEach({ path, symbol: "~" }, remark, most - FRAME));
  const parts = [former, next].map((text) => `${text.slice(from, text.length - same)}${same === 0 ? "" : "…"}`);
  const [left, right] = parts.map((part) => `${from === 0 ? "" : "…"}${cutText(part, room)}`);
  const isAll = parts.every((part) => part.length <= room);
  return { short: `!     ${showInLine(path)} = ${left} -> ${right}  # shortened${remark}`, isAll };
}

/** What each value of a field may take of a line. */
function roomOfEach({ path, symbol }: Pick<FieldLine, "path" | "symbol">, remark: string, most: number): number {
  return Math.floor((most - path.length - remark.length) / (symbol === "~" ? 2 : 1));
}

/** Characters that are shown before those that differ, those around two values, and those around one with its length. */
const SHOWN_BEFORE = 20;
const FRAME = 30;
const FRAME_OF_CUT = 40;

/** Entries of a list that another one lacks, each as often as it lacks it. */
function listNew(list: readonly Json[], other: readonly Json[]): readonly string[] {
  const left = Map.groupBy(
    other.map((entry) => formatValue(entry)),
    (entry) => entry,
  );
  return list.map((entry) => formatValue(entry)).filter((entry) => left.get(entry)?.pop() === undefined);
}

/** How many characters two texts have in common at their ends, behind their first difference. */
function countSameAtEnd(one: string, other: string, first: number): number {
  const most = Math.min(one.length, other.length) - first;
  let count = 0;
  while (count < most && one.at(-1 - count) === other.at(-1 - count)) count += 1;
  return count;
}

/** The first character in which two texts differ. */
function findDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
