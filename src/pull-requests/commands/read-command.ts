import { DIGEST_DIGITS } from "../../model/text/digest-digits.ts";

/** What can be asked for in a comment. */
export const COMMAND_NAMES = ["plan", "apply", "approve", "reject", "unlock", "help"] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** What a comment asks for. */
export interface Command {
  readonly name: CommandName;
  /** Of `approve` and `reject`: a digest or its beginning; "" where none is given. */
  readonly digest: string;
  /** Of `reject`: what its giver wrote after it, as it was written; left out: nothing. */
  readonly reason?: string;
}

/** Whether a command decides what may run, so that it has to be its author's own. */
export function isDecision({ name }: Command): boolean {
  return name === "approve" || name === "reject";
}

/** Most characters of a longer line that are read, for a rejection alone: a long text must not keep the daemon busy. */
const LONGEST_LINE = 200;
/** How far the beginning of such a line is looked for behind signs that no eye sees. */
const MOST_UNSEEN = 10 * LONGEST_LINE;
const BEGINNING = /^ {0,3}(`?)\/?poolkeeper[ \t]+(\S.*)$/i;
const COMMAND = /^([a-z]+)(?:[ \t]+([0-9a-f]{1,64}))?[ \t]*$/i;
const REJECTION = /^reject(?![\w-])/i;
const HEX_WORD = /^[0-9a-f]+(?![\w-])/i;
const LONGEST_DIGEST = 64;
const HELP: Command = { name: "help", digest: "" };

/** What shows the next text on a line of its own, or may. */
const LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;
/** Signs that a line without them looks the same as. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/**
 * The command of a comment, or null. It stands alone on the comment's first line that is not empty, so that quoting one, showing it as code
 * or mentioning it is no command. Only a rejection may have words after it, which are its reason, stand in backticks, or be written with
 * blanks and signs that look like none: one that is taken by mistake costs an approval. Any other line that begins with `poolkeeper` and a blank,
 * or looks as if it did, is one for `help`.
 */
export function readCommand(body: string): Command | null {
  const line = findLine(body, /\r?\n/g, (text) => text.trim() !== "");
  const [, mark, words] = line.length <= LONGEST_LINE ? (BEGINNING.exec(line) ?? []) : [];
  const exact = mark === "" && words !== undefined ? readExact(words) : null;
  if (exact !== null) return exact;
  const [, quote, said] = BEGINNING.exec(findVisible(body)) ?? [];
  if (said === undefined) return null;
  return readRejection(quote === "" ? said : unquote(said)) ?? HELP;
}

/** The first line on which there is something to see, as it looks; of a longer one, the beginning. */
function findVisible(body: string): string {
  const look = (line: string) =>
    line
      .slice(0, MOST_UNSEEN)
      .replace(UNSEEN, "")
      .replace(/\p{Zs}/gu, " ");
  return look(findLine(body, LINE_END, (line) => look(line).trim() !== "")).slice(0, LONGEST_LINE);
}

/** The first of the lines of a text that is looked for, or "". No line after that is looked at: there may be millions. */
function findLine(body: string, end: RegExp, isIt: (line: string) => boolean): string {
  let from = 0;
  for (const { index, 0: sign } of body.matchAll(end)) {
    const line = body.slice(from, index);
    if (isIt(line)) return line;
    from = index + sign.length;
  }
  const last = body.slice(from);
  return isIt(last) ? last : "";
}

function readExact(said: string): Command | null {
  const [, word, digest = ""] = COMMAND.exec(said) ?? [];
  const name = COMMAND_NAMES.find((known) => known === word?.toLowerCase());
  // What follows a rejection is a digest only where it has the length of one.
  return name === undefined || (name === "reject" && digest !== "") ? null : { name, digest: digest.toLowerCase() };
}

/** Nothing where words follow the closing backtick: they may speak of the command. */
function unquote(said: string): string {
  return /^([^`]*)`\s*$/.exec(said)?.[1] ?? "";
}

function readRejection(said: string): Command | null {
  if (!REJECTION.test(said)) return null;
  const words = skipSigns(said.slice("reject".length));
  const [word = ""] = HEX_WORD.exec(words) ?? [];
  const isDigest = word.length >= DIGEST_DIGITS && word.length <= LONGEST_DIGEST;
  const reason = (isDigest ? skipSigns(words.slice(word.length)) : words).trim();
  return { name: "reject", digest: isDigest ? word.toLowerCase() : "", ...(reason === "" ? {} : { reason }) };
}

/** A text without the blanks and signs that it begins with. */
function skipSigns(text: string): string {
  const at = text.search(/[^\s:,;.!]/);
  return at === -1 ? "" : text.slice(at);
}
