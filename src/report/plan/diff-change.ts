import type { Json } from "../../model/json/json.ts";
import type { Change } from "../../model/plan/plan.ts";
import { diffTexts } from "../text/diff-texts.ts";
import { cleanText, cutText } from "../text/markdown.ts";
import { describeChange, type FieldLine, formatDifference, formatValue } from "./describe-change.ts";

/**
 * A change as the lines of a diff, yet to be cleaned. A sign has to lead the line for a forge to colour it. Where a field's values take more than
 * `most` characters, only what differs in them is shown: of lists the entries, of texts the part from the first to the last difference. Where that is
 * longer too, it is cut, or, with `whole` texts, the line is as long as the values are.
 */
export function diffChange(
  change: Change,
  most = Number.POSITIVE_INFINITY,
  texts: "cut" | "whole" = "cut",
): readonly string[] {
  const { symbol, title, remark, fields } = describeChange(change);
  const sign = { "+": "+", "~": "!", "+/-": "-", "-": "-", " ": " " }[symbol];
  const lines = fields.flatMap((field) => {
    const lead = { "+": "+", "~": "!", "-": "-", " ": " " }[field.symbol];
    if (field.isFile) {
      const { summary, lines: changed } = diffTexts(field.before, field.after);
      return [`${lead}     ${field.path} (${summary})`, ...changed];
    }
    const remark = field.forcesReplacement ? "  # forces replacement" : "";
    const line = `${lead}     ${field.path} = ${formatDifference(field)}${remark}`;
    if (line.length <= most || field.symbol !== "~") return [line];
    const { before, after } = field;
    if (Array.isArray(before) && Array.isArray(after)) return diffLists(field, [before, after], remark);
    const { short, isAll } = diffLong(field, remark, most);
    return [texts === "whole" && !isAll ? line : short];
  });
  const head = symbol === " " ? title : `${symbol} ${title}`;
  return [`${sign} ${head}`, ...(remark === null ? [] : [`#   ${remark}`]), ...lines];
}

function diffLists(
  { path }: FieldLine,
  [before, after]: readonly [readonly Json[], readonly Json[]],
  remark: string,
): readonly string[] {
  const [gone, come] = [listNew(before, after), listNew(after, before)];
  const order = gone.length + come.length === 0 ? ", in another order" : "";
  const counts = `${before.length} -> ${after.length} entries`;
  const lines = [...gone.map((entry) => `-       ${entry}`), ...come.map((entry) => `+       ${entry}`)];
  return [`!     ${path}: ${counts}${order}${remark}`, ...lines];
}

/** What differs of two texts, with what stands right before and after it; `isAll`: nothing that differs is cut off. */
function diffLong({ path, before, after }: FieldLine, remark: string, most: number) {
  // Masked before anything is cut off: half of a credential would not be known as one.
  const [former, next] = [cleanText(formatValue(before)), cleanText(formatValue(after))];
  const first = findDifference(former, next);
  const from = Math.max(0, first - SHOWN_BEFORE);
  const same = Math.max(0, countSameAtEnd(former, next, first) - SHOWN_BEFORE);
  const room = Math.max(SHOWN_BEFORE, Math.floor((most - path.length - remark.length - FRAME) / 2));
  const parts = [former, next].map((text) => `${text.slice(from, text.length - same)}${same === 0 ? "" : "…"}`);
  const [left, right] = parts.map((part) => `${from === 0 ? "" : "…"}${cutText(part, room)}`);
  const isAll = parts.every((part) => part.length <= room);
  return { short: `!     ${path} = ${left} -> ${right}  # shortened${remark}`, isAll };
}

/** Characters that are shown before those that differ, and those around two values. */
const SHOWN_BEFORE = 20;
const FRAME = 30;

/** Entries of a list that another one lacks, each as often as it lacks it. */
function listNew(list: readonly Json[], other: readonly Json[]): readonly string[] {
  const left = Map.groupBy(other.map(formatValue), (entry) => entry);
  return list.map(formatValue).filter((entry) => left.get(entry)?.pop() === undefined);
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
