import { showText } from "../../../model/text/show-text.ts";

/** A piece of a page. Its class is private, so that {@link html} is the only way to one: no value of others passes for markup. */
class MarkupText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A piece of a page: text in it has been escaped. */
export type Markup = MarkupText;

/** What may stand in a page. Texts are escaped; what is neither text nor markup is refused by the compiler. */
export type Part = string | number | Markup | null | false | readonly Part[];

/** Builds markup: `` html`<p>${text}</p>` ``. Every text that is put in is escaped, and shown by {@link showText}; null and false leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new MarkupText(strings.reduce((text, own, index) => `${text}${write(values[index - 1] ?? null)}${own}`));
}

/** As it stands in a page. What no eye sees is shown as escapes there too. */
function write(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof MarkupText) return part.toString();
  return isList(part) ? part.map(write).join("") : escapeText(showText(String(part)));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe between tags and in quoted attributes (HTML 13.1.2.3). */
function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? "");
}

function isList(part: Part): part is readonly Part[] {
  return Array.isArray(part);
}

/** Pieces one after the other, with another one between them. */
export function join(parts: readonly Part[], between: Part): readonly Part[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]));
}
