import { structuredPatch } from "diff";
import type { Json } from "../../model/json/json.ts";
import { hideSealed } from "../../model/secrets/sealed.ts";
import { showInLine } from "../../model/text/show-text.ts";

const CONTEXT_LINES = 3;
/** As a unified diff says it. */
const NO_END = "\\ No newline at end of file";
/** More lines that differ are not searched for what stays between them. */
const MOST_EDITS = 1_000;
/** Lines of both files times lines that differ: what the search for them takes. */
const MOST_STEPS = 20_000_000;

/** How a delivered file comes to differ, in words and as the lines of a unified diff. */
export interface TextDifference {
  readonly summary: string;
  readonly lines: readonly string[];
}

/**
 * How a delivered file comes to differ: all lines of a new one, and none of one that goes. Where more than 1,000 lines differ (fewer in files of
 * more than 20,000), all lines from the first to the last difference are replaced as one block. What no eye sees is written as escapes,
 * so that two files never have the same difference to a third. Sealed values are hidden. The cost is linear in the texts, and the
 * differences of large ones are kept for the next time.
 */
export function diffTexts(before: Json | undefined, after: Json | undefined): TextDifference {
  const size = sizeOf(before) + sizeOf(after);
  if (size < WORTH_KEEPING) return compareTexts(before, after);
  const index = kept.findIndex((one) => one.before === before && one.after === after);
  const known = index === -1 ? { before, after, size, difference: compareTexts(before, after) } : kept[index];
  if (known === undefined) return compareTexts(before, after);
  if (index !== -1) kept.splice(index, 1);
  kept.push(known);
  while (kept.length > 1 && kept.reduce((sum, one) => sum + one.size, 0) > MOST_KEPT) kept.shift();
  return known.difference;
}

/** In characters of both texts. */
const WORTH_KEEPING = 10_000;
const MOST_KEPT = 8_000_000;
/** Pages show the same difference again and again. The one that was asked for last is the last. */
const kept: {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly size: number;
  readonly difference: TextDifference;
}[] = [];

function sizeOf(text: Json | undefined): number {
  return typeof text === "string" ? text.length : 0;
}

function compareTexts(before: Json | undefined, after: Json | undefined): TextDifference {
  if (typeof after !== "string") return { summary: `a file of ${splitLines(before).length} lines`, lines: [] };
  if (typeof before !== "string") {
    const lines = splitLines(after);
    return { summary: `a new file of ${lines.length} lines`, lines: showLines("+", lines) };
  }
  const most = Math.floor(MOST_STEPS / (splitLines(before).length + splitLines(after).length));
  const maxEditLength = Math.min(MOST_EDITS, most);
  const patch = structuredPatch("", "", before, after, "", "", { context: CONTEXT_LINES, maxEditLength });
  if (patch === undefined) return replaceBlock(splitLines(before), splitLines(after));
  const lines = patch.hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ line ${oldStart} -> ${newStart} @@`,
    ...changed.map(showLine),
  ]);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { summary: `${count("+")} lines added, ${count("-")} removed`, lines };
}

/** The difference as one block from the first line that differs to the last one. */
function replaceBlock(before: readonly string[], after: readonly string[]): TextDifference {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  const from = Math.max(0, start - CONTEXT_LINES);
  const [gone, come] = [before.slice(start, before.length - same), after.slice(start, after.length - same)];
  const lines = [
    `@@ line ${from + 1} -> ${from + 1} @@`,
    ...showLines(" ", before.slice(from, start)),
    ...showLines("-", gone),
    ...showLines("+", come),
    ...showLines(" ", after.slice(after.length - same, after.length - same + CONTEXT_LINES)),
  ];
  return { summary: `${come.length} lines added, ${gone.length} removed, too many to compare one by one`, lines };
}

/** Lines with a sign each, as a unified diff shows them. A missing line end is marked. */
function showLines(sign: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    return line.endsWith("\n") ? [showLine(`${sign}${line.slice(0, -1)}`)] : [showLine(`${sign}${line}`), NO_END];
  });
}

function showLine(line: string): string {
  return showInLine(hideSealed(line));
}

/** The lines of a text with their ends. */
function splitLines(text: Json | undefined): readonly string[] {
  return typeof text === "string" ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : [];
}
