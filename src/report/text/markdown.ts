import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { showWords } from "../../model/text/show-text.ts";

/**
 * Text from outside with what an eye can't see as escapes: control characters but line breaks, signs that turn the direction of text,
 * signs without width or picture, halves of characters. Credentials in addresses are masked, and no comment of HTML begins.
 */
export function cleanText(text: string): string {
  const visible = showWords(text.replace(/\r\n?|[\u2028\u2029]/g, "\n"));
  return maskCredentials(visible).replaceAll("<!--", "<!- -");
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll("\n", "\\u000a");
}

/**
 * Text from outside as words of Markdown: it becomes no markup, link, table cell, list or formula, mentions no user, refers to nothing, and
 * is no command to a forge. What forges look for in the text that they have rendered, where a backslash helps no more, becomes code:
 * people, requests, addresses. Lines stay lines.
 */
export function escapeMarkdown(text: string): string {
  return cleanText(text)
    .split("\n")
    .map((line) => line.trim().split(/(\s+)/).map(escapeWord).join("").replace(LEAD, keepAsText))
    .join("\n");
}

/** The same within one line, as in the cell of a table. */
export function escapeInLine(text: string): string {
  return escapeMarkdown(text).replaceAll("\n", "<br>");
}

/** People, requests, labels, addresses and pictures by name, as any of the forges knows them. */
const REFERENCE = /[@[](?=\S)|[#!%~$&^](?=[\w"])|:(?=\/\/|(?:[a-z_+-][\w+-]*|100|1234):)|www\.|(?<![a-z\d])GH-\d/i;
const OPENING = /^[("'{]+/;
const ENDING = ".,;:!?";

function escapeWord(word: string): string {
  if (!REFERENCE.test(word)) return escapeSigns(word);
  const before = OPENING.exec(word)?.[0] ?? "";
  const rest = word.slice(before.length);
  const inner = dropTrailing(rest, before === "" ? ENDING : `)"'}${ENDING}`);
  return `${escapeSigns(before)}${inner === "" ? "" : codeInCell(inner)}${escapeSigns(rest.slice(inner.length))}`;
}

function escapeSigns(text: string): string {
  return text.replace(/[<>&|$\\`*_[\]~#]/g, (sign) => ENTITIES[sign] ?? `\\${sign}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "|": "&#124;",
  $: "&#36;",
};

/** What makes a list, a heading, a table or a command of a line that it leads. */
const LEAD = /^(?:[-+=:]|(\d{1,9})(?=[.)])|\/)/;

function keepAsText(lead: string, number: string | undefined): string {
  if (lead === "/") return "&#47;";
  return number === undefined ? `\\${lead}` : `${number}\\`;
}

/** Lines of one item stay lines: a forge would run them together. */
export function indent(text: string, by: string): string {
  return text.replaceAll("\n", `<br>\n${by}`);
}

/** A code span, fenced by more backticks than the text has in a row. */
export function code(text: string): string {
  const line = cleanLine(text);
  const run = longestRun(line);
  if (line.trim() === "") return "` `";
  const fence = "`".repeat(run + 1);
  return run === 0 ? `\`${line}\`` : `${fence} ${line} ${fence}`;
}

/** A code span for the cell of a table. Forges differ in how a bar is kept from ending the cell there: it is drawn as a broken one. */
export function codeInCell(text: string): string {
  return code(text.replaceAll("|", "¦"));
}

/**
 * Lines in the colours of a diff, cleaned and each cut to `most` characters, in a fence that none of them ends. What leads a line
 * is its sign, and stays.
 */
export function fenceDiff(lines: readonly string[], most = Number.POSITIVE_INFINITY): string {
  const diff = lines.map((line) => `${line.slice(0, 1)}${cutTo(line.slice(1), most, cleanLine)}`).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(diff) + 1));
  return `${fence}diff\n${diff}\n${fence}`;
}

/** A link to an address of http or https; the words alone where it is none. `words` are Markdown. */
export function link(words: string, address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return words;
  url.username = "";
  url.password = "";
  const href = url.href.replace(/[()<>|\\`*_[\]~@$!\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return href.length > LONGEST_ADDRESS ? words : `[${words}](${href.replaceAll("&", "&amp;")})`;
}

const LONGEST_ADDRESS = 500;

/**
 * The beginning of a text as `render` writes it, in at most `most` characters; what is cut off is marked by `…`. Credentials are
 * masked before it is cut: half of one would not be known as one.
 */
export function cutTo(text: string, most: number, render: (text: string) => string): string {
  let kept = cutText(cleanText(cutText(text, most + MOST_READ)), most);
  let written = render(kept);
  while (written.length > most && kept.length > 1) {
    kept = cutText(kept, Math.min(kept.length - 1, Math.floor((kept.length * most) / written.length)));
    written = render(kept);
  }
  return written;
}

/** How far beyond a cut credentials are looked for. */
const MOST_READ = 4000;

/** The beginning of a text in at most `most` characters, never half of one; what is cut off is marked by `…`. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}
