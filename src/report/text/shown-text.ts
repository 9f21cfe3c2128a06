import { showInLine } from "../../model/text/show-text.ts";

/** Text for a terminal. Its class is private, so that {@link shown} and {@link join} are the only ways to one. */
class ShownText {
  readonly #text: string;
  /** How many characters a terminal shows of it, where it is one line without colours. */
  readonly width: number;

  constructor(text: string) {
    this.#text = text;
    this.width = text.length;
  }

  toString(): string {
    return this.#text;
  }
}

/** Text for a terminal: the line breaks and the colours in it are the program's own, never those of names and values in it. */
export type Shown = ShownText;

/** What such a text may contain. Strings are always escaped. */
export type Part = string | number | Shown;

/**
 * Builds text for a terminal: `` shown`queue ${name}` ``. The text of the template is taken as it is; a string that is put in is written on
 * one line by {@link showInLine}, so that no name, key or message forges a line, or conceals or colours what follows it.
 */
export function shown(strings: TemplateStringsArray, ...parts: readonly Part[]): Shown {
  return new ShownText(strings.reduce((text, own, index) => `${text}${show(parts[index - 1] ?? "")}${own}`));
}

/** Pieces one after the other, with words of the program (default: a line break) between them. */
export function join(parts: readonly Part[], between = "\n"): Shown {
  return new ShownText(parts.map(show).join(between));
}

/** Sections with an empty line between them and a line break at the end; empty ones are left out. */
export function joinSections(sections: readonly Part[]): Shown {
  return shown`${join(
    sections.filter((section) => String(section) !== ""),
    "\n\n",
  )}\n`;
}

/** A text of several lines, such as the message of an error: each stays one, and all but the first are indented by `indent`. */
export function showLines(text: string, indent: string): Shown {
  return join(text.split("\n"), `\n${indent}`);
}

function show(part: Part): string {
  return typeof part === "string" ? showInLine(part) : String(part);
}
