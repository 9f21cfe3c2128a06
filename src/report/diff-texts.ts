import { structuredPatch } from "diff";
import type { Json } from "../model/plan.ts";
import { hideSealed } from "../model/sealed.ts";
import { stripControls } from "./strip-controls.ts";

const CONTEXT_LINES = 3;

/** Whether a value is a text of several lines: a file. */
export function isFile(value: Json | undefined): value is string {
  return typeof value === "string" && value.includes("\n");
}

/**
 * How a file comes to differ, in words and as the lines of a unified diff: `a new file of 12 lines` and none for one that comes
 * or goes.
 */
export function diffTexts(
  before: Json | undefined,
  after: Json | undefined,
): { readonly summary: string; readonly lines: readonly string[] } {
  if (!isFile(before)) return { summary: `a new file of ${countLines(after)} lines`, lines: [] };
  if (!isFile(after)) return { summary: `a file of ${countLines(before)} lines`, lines: [] };
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT_LINES });
  const lines = hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ line ${oldStart} -> ${newStart} @@`,
    ...changed.map((line) => stripControls(hideSealed(line))),
  ]);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { summary: `${count("+")} lines more, ${count("-")} less`, lines };
}

function countLines(text: Json | undefined): number {
  return isFile(text) ? text.replace(/\n$/, "").split("\n").length : 0;
}
