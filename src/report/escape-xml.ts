import { showInLine } from "../model/text/show-text.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML, in elements and in quoted attributes: no sign of it is markup, and none is one that XML does not know. */
export function escapeXml(text: string): string {
  const known = showInLine(text.toWellFormed()).replace(/[\ufffe\uffff]/g, "?");
  return known.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
