import type { Stretch } from "./stretch.ts";

/**
 * How a letter is written where it would mean something else, or would not be seen: in addresses and mails, in JSON and the strings of programs (each also
 * within another one), by terminals, in logs and on pages. And what no eye sees as it is, and blanks that are no space.
 */
const ESCAPE =
  /%(?:25)*(?:[uU][0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})|\\+(?:U00[0-9A-Fa-f]{6}|[uU][0-9A-Fa-f]{4}|[uUxX]\{[0-9A-Fa-f]{1,8}\}|[xX][0-9A-Fa-f]{2}|[0-7]{1,3}|\r?\n[ \t]*|[^0-9])?|&(?:amp;)*#(?:[xX][0-9A-Fa-f]{1,6}|[0-9]{1,7});?|\[(?:[0-9;?]+[A-Za-z]|[kmKM])|=(?:0[9AaDd]|1[Bb]|20|3[Dd])|(?:=[89A-Fa-f][0-9A-Fa-f]){2,}|=(?:\r?\n|2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa])|\^[@-_]|#[0-7]{3}|(?![\t\n\r ])[\p{Cc}\p{Cf}\p{Zs}\p{Default_Ignorable_Code_Point}]/gu;
/** An escape that gives the letter's number: in hexadecimal, decimal or octal digits. */
const NUMBERED =
  /^(?:(?:%(?:25)*[uU]?|=|\\+[uUxX]\{?|&(?:amp;)*#[xX])([0-9A-Fa-f]{1,8})[};]?|&(?:amp;)*#([0-9]+);?|\\+([0-7]+))$/;
/** In mails a letter or a break of a line that is there for its length; elsewhere the begin of a value. */
const OF_MAILS = /^=(?:\r?\n|(?!20|3[Dd])[2-7])/;
/** What leaves no letter where it is shown: colours and other signs for terminals, breaks of lines for their length, letters without width. */
const UNSEEN =
  /^(?:\[|\^[^IJM]|\\+(?:[eE]|\r?\n[ \t]*)$|=\r?\n|=[89A-Fa-f]|[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}])/u;

/** Gives the letter of an escape, "" where it is left out; undefined: it stays as it is written. */
type ReadEscape = (written: string) => string | undefined;

/**
 * What is found in a text as it is written, in the same text with its escapes read, as the letters and digits of an escape belong to no word
 * beside it, and without what no eye sees, as that parts no word. Offsets are those of the text as it is written. An escape is part of a stretch as a whole.
 */
export function findAsRead(text: string, find: (text: string) => readonly Stretch[]): readonly Stretch[] {
  const written = find(text);
  if (text.search(ESCAPE) === -1) return written;
  const parted = readEscapes(text, partAtEscape);
  const joined = readEscapes(text, joinOverEscape);
  const readings = parted.read === joined.read ? [parted] : [parted, joined];
  return [...written, ...readings.flatMap(({ read, place }) => find(read).map(place))];
}

/** The text with its escapes read, and where a stretch of it is written. */
function readEscapes(text: string, readEscape: ReadEscape) {
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  const parts: string[] = [];
  let [length, at] = [0, 0];
  const keepUntil = (end: number) => {
    parts.push(text.slice(at, end));
    for (; at < end; at += 1) {
      starts[length] = at;
      ends[length] = at + 1;
      length += 1;
    }
  };
  for (const { index, 0: written } of text.matchAll(ESCAPE)) {
    const letter = readEscape(written);
    if (letter === undefined) continue;
    keepUntil(index);
    at = index + written.length;
    if (letter === "") continue;
    parts.push(letter);
    starts[length] = index;
    ends[length] = at;
    length += 1;
  }
  keepUntil(text.length);
  const place = ({ start, end }: Stretch): Stretch => ({ start: starts[start] ?? 0, end: ends[end - 1] ?? 0 });
  return { read: parts.join(""), place };
}

/** One letter. What stands for none that a credential can have is a blank, and what is only one in mails stays. */
function partAtEscape(written: string): string | undefined {
  if (OF_MAILS.test(written)) return undefined;
  const letter = readNumber(written);
  if (letter !== undefined) return letter;
  return written.startsWith("\\") ? written.slice(-1).replace(/[0-9a-z]/i, " ") : " ";
}

/** The same without what no eye sees, and without letters that no credential has. */
function joinOverEscape(written: string): string {
  if (UNSEEN.test(written)) return "";
  const letter = readNumber(written) ?? partAtEscape(written) ?? "";
  return /[\t\n\r -~]/.test(letter) ? letter : "";
}

/** The letter that an escape gives the number of; undefined where it gives none. */
function readNumber(written: string): string | undefined {
  const [, hexadecimal, decimal, octal] = NUMBERED.exec(written) ?? [];
  const digits = hexadecimal ?? decimal ?? octal;
  if (digits === undefined) return undefined;
  const code = Number.parseInt(digits, hexadecimal === undefined ? (decimal === undefined ? 8 : 10) : 16);
  // Beyond these are pictures and rare scripts.
  return code > 0xffff ? "\ufffd" : String.fromCharCode(code).replace(/\p{Zs}/u, " ");
}
