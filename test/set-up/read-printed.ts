import { stripVTControlCharacters } from "node:util";

/** Lines of tables and boxes, and the bars of a picture in text. */
const DRAWN = /[\u2500-\u259f]+/g;

/**
 * What a terminal program printed, as words: no colours, no frames, one blank between words, no empty lines. The cells of a
 * table's row stand beside each other.
 */
export function readPrinted(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(DRAWN, " ")
    .split(/\r?\n|\r/)
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "")
    .join("\n");
}
