import { showText } from "../report/show-text.ts";

/** Writes a result to standard output: what no eye sees is shown by {@link showText}. Every command writes by this or {@link showNote}. */
export function showResult(text: string): void {
  process.stdout.write(showText(text));
}

/** Writes to standard error in the same way: what is said beside the result. */
export function showNote(text: string): void {
  process.stderr.write(showText(text));
}
