import type { Json } from "../../model/json/json.ts";
import type { Change } from "../../model/plan/plan.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { diffTexts } from "../text/diff-texts.ts";
import { cleanText, cutText } from "../text/markdown.ts";
import {
  describeChange,
  type FieldLine,
  formatDifference,
  formatOnPage,
  formatValue,
  MOST_ON_PAGE,
} from "./describe-change.ts";

/** The lines of a diff as far as they were looked at. */
export interface DiffBeginning {
  readonly lines: readonly string[];
  /** Fields behind them. */
  readonly left: number;
  /** Nothing that differs in these lines is cut off. */
  readonly isAll: boolean;
  /** Characters of values that were looked at. */
  readonly looked: number;
}

/** A change as the lines of a diff, yet to be cleaned, every value in full. A sign has to lead the line for a forge to colour it. */
export function diffChange(change: Change): readonly string[] {
  const { head, fields } = beginDiff(change);
  const unlimited = { size: 0, line: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY, isWhole: true };
  return [...head, ...fields.flatMap((field) => diffField(field, null, unlimited).lines)];
}

/**
 * The same up to the field that follows so many lines, or that takes more characters to be looked at than are left. Where a field's values take more than `line` characters, only what differs in them is shown: of
 * lists the entries, of texts the part from the first to the last difference. Where that is longer too, or the values are too long to be compared,
 * they are cut.
 */
export function diffBeginning(
  change: Change,
  most: { readonly line: number; readonly lines: number; readonly characters: number },
): DiffBeginning {
  const { head, fields } = beginDiff(change);
  const lines = [...head];
  let isAll = true;
  let looked = 0;
  for (const [at, field] of fields.entries()) {
    const lists = compareLists(field, most.line);
    const size = lists?.size ?? countTexts(field);
    const looks = Math.min(size, LOOKED_AT_CUT);
    if (lines.length > most.lines || looked + looks > most.characters)
      return { lines, left: fields.length - at, isAll, looked };
    looked += looks;
    const limits = { line: most.line, values: MOST_COMPARED, isWhole: false };
    const one = diffField(field, lists, { ...limits, size });
    for (const line of one.lines) lines.push(line);
    if (field.isFile) looked += countShown(one.lines, most);
    isAll &&= one.isAll;
  }
  return { lines, left: 0, isAll, looked };
}

/** Of the lines of a file that are shown, as far as they are looked at. */
function countShown(lines: readonly string[], most: { readonly lines: number }): number {
  return lines.slice(0, most.lines).reduce((sum, line) => sum + Math.min(line.length, MOST_COMPARED), 0);
}

/** Characters of a field's values, before and after, that are compared to show the beginning of a change. */
const MOST_COMPARED = 4_000;
/** Of longer ones, so many are looked at: credentials are looked for far behind a cut. */
const LOOKED_AT_CUT = 2 * MOST_COMPARED + 600;

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
    const lists = compareLists(field, most.line);
    const size = lists?.size ?? countTexts(field);
    if (field.isCut || looked + size > most.characters) return { lines: null, looked };
    looked += size;
    for (const line of diffField(field, lists, { size, line: most.line, values: size, isWhole: true }).lines) {
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

type Values = Pick<FieldLine, "symbol" | "before" | "after" | "isFile">;

/**
 * What a field was and what it becomes as a page shows them: of long lists the entries that differ, and of long texts what comes from shortly before the first
 * difference on, so that both sides do not look the same.
 */
export function formatBothOnPage(field: Values): readonly [string, string] {
  const { before, after } = field;
  const lists = compareLists(field, MOST_ON_PAGE);
  // Of another order there is nothing to leave out.
  if (lists !== null && lists.gone.length + lists.come.length > 0) {
    const same = (count: number) => `(${count.toLocaleString("en-US")} the same) `;
    const [was, is] = lists.lengths;
    return [
      `${same(was - lists.gone.length)}${formatOnPage(lists.gone)}`,
      `${same(is - lists.come.length)}${formatOnPage(lists.come)}`,
    ];
  }
  if (typeof before !== "string" || typeof after !== "string" || countTexts(field) <= MOST_ON_PAGE)
    return [formatOnPage(before), formatOnPage(after)];
  const from = Math.max(0, findDifference(before, after) - SHOWN_BEFORE);
  const lead = from === 0 ? "" : "…";
  return [`${lead}${formatOnPage(before.slice(from))}`, `${lead}${formatOnPage(after.slice(from))}`];
}

interface FieldLimits {
  /** What the values have, or what differs in them. */
  readonly size: number;
  readonly line: number;
  readonly values: number;
  readonly isWhole: boolean;
}

/** How a field is shown. `lists`: what differs of long lists. */
function diffField(
  field: FieldLine,
  lists: ListDifference | null,
  { size, line: most, values, isWhole }: FieldLimits,
): Pick<DiffBeginning, "lines" | "isAll"> {
  const { symbol, before, after, isFile, isCut } = field;
  const path = showInLine(field.path);
  const lead = { "+": "+", "~": "!", "-": "-", " ": " " }[symbol];
  if (isFile) {
    const { summary, lines } = diffTexts(before, after);
    return { lines: [`${lead}     ${path} (${summary})`, ...lines], isAll: !isCut };
  }
  const remark = field.forcesReplacement ? "  # forces replacement" : "";
  // Of long lists the entries that differ are shown.
  if (lists !== null) {
    const shown = diffLists(field.path, lists, { remark, most: size > values ? most : undefined });
    return { ...shown, isAll: shown.isAll && !isCut };
  }
  const isLong = size > values;
  const room = isLong ? Math.max(SHOWN_BEFORE, roomOfEach(field, remark, most) - FRAME_OF_CUT) : undefined;
  const difference = formatDifference(field, () => [formatValue(before, room), formatValue(after, room)]);
  const line = `${lead}     ${path} = ${difference}${remark}`;
  if (isLong || isCut || line.length <= most || symbol !== "~") return { lines: [line], isAll: !isLong && !isCut };
  const few = compareLists(field, 0);
  if (few !== null) return diffLists(field.path, few, { remark });
  const { short, isAll } = diffLong(field, remark, most);
  return { lines: [isWhole && !isAll ? line : short], isAll: isWhole || isAll };
}

/** Of the texts in a field's values, about: what is none counts as eight. Lines of files are counted once they are found. */
function countTexts({ before, after, isFile }: Values): number {
  return isFile ? 0 : countText(before) + countText(after);
}

/** What differs of two lists. */
interface ListDifference {
  readonly lengths: readonly [number, number];
  readonly gone: readonly Json[];
  readonly come: readonly Json[];
  /** Of the texts in these. */
  readonly size: number;
}

/** A list of longer entries is none of names. */
const LONGEST_ENTRY = 1_000;

/** Null where a field does not change from one list of names, or of what is as short, to another, or both together have no more than `line` characters. */
function compareLists(field: Values, line: number): ListDifference | null {
  const { symbol, before, after } = field;
  if (symbol !== "~" || !Array.isArray(before) || !Array.isArray(after) || countTexts(field) <= line) return null;
  if ([before, after].some((list) => list.some((entry) => countText(entry) > LONGEST_ENTRY))) return null;
  const [gone, come] = [listNew(before, after), listNew(after, before)];
  return { lengths: [before.length, after.length], gone, come, size: countText([...gone, ...come]) };
}

function countText(value: Json | undefined): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return FRAME_OF_VALUE;
  return Object.entries<Json>(value).reduce((sum, [key, inner]) => sum + key.length + countText(inner), FRAME_OF_VALUE);
}

const FRAME_OF_VALUE = 8;

/** `most`: where given, no more of each entry is shown, and so many entries. */
function diffLists(
  path: string,
  { lengths: [was, is], gone, come }: ListDifference,
  { remark, most }: { readonly remark: string; readonly most?: number | undefined },
): Pick<DiffBeginning, "lines" | "isAll"> {
  const order = gone.length + come.length === 0 ? ", in another order" : "";
  const all = [...gone.map((entry) => ["-", entry] as const), ...come.map((entry) => ["+", entry] as const)];
  const shown = most === undefined ? all : all.slice(0, most);
  const lines = shown.map(([sign, entry]) => `${sign}       ${formatValue(entry, most)}`);
  const isAll =
    most === undefined || (shown.length === all.length && all.every(([, entry]) => countText(entry) <= most));
  return { lines: [`!     ${showInLine(path)}: ${was} -> ${is} entries${order}${remark}`, ...lines], isAll };
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
function listNew(list: readonly Json[], other: readonly Json[]): readonly Json[] {
  // Texts are compared as they are: to write them out takes longer.
  const texts = new Map<string, number>();
  const others = new Map<string, number>();
  const take = (entry: Json, by: number): number => {
    const [counts, key] = typeof entry === "string" ? [texts, entry] : [others, JSON.stringify(entry)];
    const count = (counts.get(key) ?? 0) + by;
    counts.set(key, count);
    return count;
  };
  for (const entry of other) take(entry, 1);
  return list.filter((entry) => take(entry, -1) < 0);
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
