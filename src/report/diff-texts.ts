import { structuredPatch } from "diff";
import type { Json } from "../model/plan.ts";
import { hideSealed } from "../model/sealed.ts";
import { stripControls } from "./strip-controls.ts";

const CONTEXT_LINES = 3;

/**
 * How a file comes to differ, in words and as the lines of a unified diff: all lines of a new one, and none of one that goes.
 */
export function diffTexts(
  before: Json | undefined,
  after: Json | undefined,
): { readonly summary: string; readonly lines: readonly string[] } {
  if (typeof after !== "string") return { summary: `a file of ${countLines(before)} lines`, lines: [] };
  if (typeof before !== "string") {
    const lines = splitLines(after).map((line) => `+${stripControls(hideSealed(line))}`);
    return { summary: `a new file of ${lines.length} lines`, lines };
  }
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT_LINES });
  const lines = hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ line ${oldStart} -> ${newStart} @@`,
    ...changed.map((line) => stripControls(hideSealed(line))),
  ]);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { summary: `${count("+")} lines more, ${count("-")} less`, lines };
}

function countLines(text: Json | undefined): number {
  return typeof text === "string" ? splitLines(text).length : 0;
}

function splitLines(text: string): readonly string[] {
  return text.replace(/\n$/, "").split("\n");
}
