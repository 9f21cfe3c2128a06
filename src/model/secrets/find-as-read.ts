import type { Stretch } from "./stretch.ts";

/**
 * How a letter is written where it would mean something else, or would not be seen: in addresses and mails, in JSON and the strings of programs (each also
 * within another one), by terminals, in logs and on pages.
 */
const ESCAPE =
  /%(?:25)*(?:u[0-9a-f]{4}|[0-9a-f]{2})|\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[0-7]{1,3}|[^0-9])?|\[(?:[0-9;?]+[a-z]|[km])|=(?:0[9ad]|1b|20|3d)|(?:=[89a-f][0-9a-f]){2,}|\^[@-_]|#[0-7]{3}|&#x[0-9a-f]{2,6};/gi;
/** An escape that gives the letter's number. */
const NUMBERED = /^(?:%(?:25)*u?|=|\\+[ux]|&#x)([0-9a-f]{2,6});?$/i;

/**
 * What is found in a text as it is written, and in the same text with its escapes read: the letters and digits of an escape belong to no word
 * beside it. Offsets are those of the text as it is written. An escape is part of a stretch as a whole.
 */
export function findAsRead(text: string, find: (text: string) => readonly Stretch[]): readonly Stretch[] {
  const written = find(text);
  if (text.search(ESCAPE) === -1) return written;
  const { read, origins } = readEscapes(text);
  const origin = (at: number) => origins[at] ?? text.length;
  return [...written, ...find(read).map(({ start, end }) => ({ start: origin(start), end: origin(end) }))];
}

/** The text with its escapes read, and where each of its letters, and its end, is written. */
function readEscapes(text: string): { readonly read: string; readonly origins: Uint32Array } {
  const origins = new Uint32Array(text.length + 1);
  const parts: string[] = [];
  let [length, at] = [0, 0];
  const keepUntil = (end: number) => {
    parts.push(text.slice(at, end));
    for (; at < end; at += 1) {
      origins[length] = at;
      length += 1;
    }
  };
  for (const { index, 0: written } of text.matchAll(ESCAPE)) {
    keepUntil(index);
    parts.push(readEscape(written));
    origins[length] = index;
    length += 1;
    at = index + written.length;
  }
  keepUntil(text.length);
  origins[length] = text.length;
  return { read: parts.join(""), origins };
}

/** One letter. What stands for none that a credential can have is a blank. */
function readEscape(written: string): string {
  const code = NUMBERED.exec(written)?.[1];
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  return written.startsWith("\\") ? written.slice(-1).replace(/[0-9a-z]/i, " ") : " ";
}
