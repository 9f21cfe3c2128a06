import type { Change } from "../model/plan.ts";
import { describeChange, formatDifference } from "./describe-change.ts";
import { diffTexts } from "./diff-texts.ts";

/** A change as the lines of a diff, yet to be cleaned. A sign has to lead the line for a forge to colour it. */
export function diffChange(change: Change): readonly string[] {
  const { symbol, title, remark, fields } = describeChange(change);
  const sign = { "+": "+", "~": "!", "+/-": "-", "-": "-", " ": " " }[symbol];
  const lines = fields.flatMap((field) => {
    const lead = { "+": "+", "~": "!", "-": "-", " ": " " }[field.symbol];
    if (field.isFile) {
      const { summary, lines: changed } = diffTexts(field.before, field.after);
      return [`${lead}     ${field.path} (${summary})`, ...changed];
    }
    const value = formatDifference(field);
    return [`${lead}     ${field.path} = ${value}${field.forcesReplacement ? "  # forces replacement" : ""}`];
  });
  const head = symbol === " " ? title : `${symbol} ${title}`;
  return [`${sign} ${head}`, ...(remark === null ? [] : [`#   ${remark}`]), ...lines];
}
