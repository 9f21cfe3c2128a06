import { showText } from "../../model/text/show-text.ts";
import { type Shown, shown } from "../../report/text/shown-text.ts";

/** Writes text for people to standard output. Every command writes by one of the functions here. */
export function showResult(text: Shown): void {
  process.stdout.write(String(text));
}

/** Writes a document for programs to standard output (JSON, Markdown, a picture): what no eye sees is shown by {@link showText}. */
export function showDocument(text: string): void {
  process.stdout.write(showText(text));
}

/** Writes a note beside the result, to standard error. */
export function showNote(text: Shown): void {
  process.stderr.write(String(text));
}

/** Writes a warning as a note. */
export function sayWarning(warning: string): void {
  say(`Warning: ${warning}`);
}

/** Writes a line of plain text as a note. */
export function say(line: string): void {
  showNote(shown`${line}\n`);
}
