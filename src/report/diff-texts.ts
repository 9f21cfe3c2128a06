import { structuredPatch } from "diff";
import type { Json } from "../model/plan.ts";
import { hideSealed } from "../model/sealed.ts";
import { showInLine } from "../model/show-text.ts";

const CONTEXT_LINES = 3;
/** As a unified diff says it. */
const NO_END = "\\ No newline at end of file";

/**
 * How a delivered file comes to differ, in words and as the lines of a unified diff: all lines of a new one, and none of one that goes.
 * What no eye sees is written as escapes, so that two files never have the same difference to a third. Sealed values are hidden.
 */
export function diffTexts(
  before: Json | undefined,
  after: Json | undefined,
): { readonly summary: string; readonly lines: readonly string[] } {
  if (typeof after !== "string") return { summary: `a file of ${listLines(before).length} lines`, lines: [] };
  if (typeof before !== "string") {
    const lines = listLines(after).map((line) => `+${showLine(line)}`);
    const hasEnd = after === "" || after.endsWith("\n");
    return { summary: `a new file of ${lines.length} lines`, lines: hasEnd ? lines : [...lines, NO_END] };
  }
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT_LINES });
  const lines = hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ line ${oldStart} -> ${newStart} @@`,
    ...changed.map(showLine),
  ]);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { summary: `${count("+")} lines more, ${count("-")} less`, lines };
}

function showLine(line: string): string {
  return showInLine(hideSealed(line));
}

function listLines(text: Json | undefined): readonly string[] {
  return typeof text !== "string" || text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
