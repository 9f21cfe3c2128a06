import { html as escapingHtml } from "hono/html";
import { showText } from "../../../model/show-text.ts";

/** A piece of a page: text in it has been escaped. */
export interface Markup {
  toString(): string;
  readonly isEscaped: true;
}

/** What a page may contain. Texts are escaped; the compiler refuses everything that is neither text nor markup. */
export type Part = string | number | Markup | null | false | readonly Part[];

/** Builds markup: `` html`<p>${text}</p>` ``. Every text that is put in is escaped, and shown by {@link showText}; null and false leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  const built = escapingHtml(strings, ...values.map(showPart));
  if (built instanceof Promise) throw new Error("Markup can't contain a promise");
  return built;
}

/** Invisible characters are shown as escapes in pages too. */
function showPart(part: Part): Part {
  if (typeof part === "string") return showText(part);
  return isList(part) ? part.map(showPart) : part;
}

function isList(part: Part): part is readonly Part[] {
  return Array.isArray(part);
}

/** Pieces one after the other, with another one between them. */
export function join(parts: readonly Part[], between: Part): readonly Part[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]));
}
