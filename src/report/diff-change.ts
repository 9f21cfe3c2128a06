import type { Change, Json } from "../model/plan.ts";
import { describeChange, type FieldLine, formatDifference, formatValue } from "./describe-change.ts";
import { diffTexts } from "./diff-texts.ts";
import { cleanText, cutText } from "./markdown.ts";

/**
 * A change as the lines of a diff, yet to be cleaned. A sign has to lead the line for a forge to colour it. Where a field's values take more than
 * `most` characters, only what differs in them is shown.
 */
export function diffChange(change: Change, most = Number.POSITIVE_INFINITY): readonly string[] {
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
    return line.length <= most || field.symbol !== "~" ? [line] : diffLong(field, remark, most);
  });
  const head = symbol === " " ? title : `${symbol} ${title}`;
  return [`${sign} ${head}`, ...(remark === null ? [] : [`#   ${remark}`]), ...lines];
}

function diffLong({ path, before, after }: FieldLine, remark: string, most: number): readonly string[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const [gone, come] = [listNew(before, after), listNew(after, before)];
    const order = gone.length + come.length === 0 ? ", in another order" : "";
    const counts = `${before.length} -> ${after.length} entries`;
    const lines = [...gone.map((entry) => `-       ${entry}`), ...come.map((entry) => `+       ${entry}`)];
    return [`!     ${path}: ${counts}${order}${remark}`, ...lines];
  }
  // Masked before anything is cut off: half of a credential would not be known as one.
  const [former, next] = [cleanText(formatValue(before)), cleanText(formatValue(after))];
  const from = Math.max(0, findDifference(former, next) - SHOWN_BEFORE);
  const room = Math.max(SHOWN_BEFORE, Math.floor((most - path.length - remark.length - FRAME) / 2));
  const show = (text: string) => `${from === 0 ? "" : "…"}${cutText(text.slice(from), room)}`;
  return [`!     ${path} = ${show(former)} -> ${show(next)}  # shortened${remark}`];
}

/** Characters that are shown before those that differ, and those around two values. */
const SHOWN_BEFORE = 20;
const FRAME = 30;

/** Entries of a list that another one lacks, each as often as it lacks it. */
function listNew(list: readonly Json[], other: readonly Json[]): readonly string[] {
  const left = Map.groupBy(other.map(formatValue), (entry) => entry);
  return list.map(formatValue).filter((entry) => left.get(entry)?.pop() === undefined);
}

/** The first character in which two texts differ. */
function findDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
