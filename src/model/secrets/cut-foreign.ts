import { copyText } from "../text/copy-text.ts";
import { showInLine } from "../text/show-text.ts";
import { maskCredentials } from "./mask-credentials.ts";

/** What is kept of a text that others wrote, in characters: more of an error says no more. */
const MOST_CHARACTERS = 8_000;

/** No secret is longer, and no part of one that is known by itself, in characters: what a cut leaves of one is not known. */
export const LONGEST_SECRET = 8_000;

declare const FOREIGN: unique symbol;
/**
 * Words of others without secrets: {@link cutForeign} alone gives them, so that none are cut before they are redacted. They are kept in errors and records,
 * and do not keep the text that they are from in memory.
 */
export type ForeignWords = string & { readonly [FOREIGN]: true };

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** How a text is cut. */
export interface CutOptions {
  /** Most characters that are kept. Default 8,000. */
  readonly most?: number;
  /** Which end of the text is kept. Default its begin. */
  readonly keep?: "begin" | "end";
  /** Whether the text was cut already, at the end that is not kept. Default no. */
  readonly isCut?: boolean;
}

/**
 * One end of a text that others wrote (a server's error, git's output), without the secrets that `redact` takes out and without
 * what is a credential by its form or its place. No more of it is looked at than what is kept and the longest secret, so that no text costs more than a
 * short one. It is redacted before it is cut: what may be half of a secret is not kept. What was cut off is said, with the text's length.
 */
export function cutForeign(text: string, redact: Redact = same, options: CutOptions = {}): ForeignWords {
  const { most = MOST_CHARACTERS, keep = "begin", isCut = false } = options;
  const reach = most + LONGEST_SECRET;
  const near = keep === "begin" ? text.slice(0, reach) : text.slice(-reach);
  const looked = maskCredentials(redact(near));
  const isWhole = !isCut && near.length === text.length;
  const kept = countKept(looked, most, isWhole);
  if (isWhole && kept === looked.length) return asForeign(looked);
  const cut = `(cut: ${text.length}${isCut ? " or more" : ""} characters)`;
  return asForeign(
    keep === "begin"
      ? `${looked.slice(0, kept).replace(/[\ud800-\udbff]$/, "")} ${cut}`
      : `${cut} ${looked.slice(looked.length - kept).replace(/^[\udc00-\udfff]/, "")}`,
  );
}

/** What is cut may end with half of a secret, which comes nearer where others before it were taken out. */
function countKept({ length }: string, most: number, isWhole: boolean): number {
  return Math.min(most, isWhole ? length : Math.max(0, length - LONGEST_SECRET));
}

/** So many characters of the beginning of such a text, and no word of a cut: for what is shown on a line, or read again. */
export function beginForeign(text: string, most: number, redact: Redact = same): ForeignWords {
  // What is taken out may leave little of what was looked at.
  for (let reach = most + LONGEST_SECRET; ; reach *= 2) {
    const near = text.slice(0, reach);
    const looked = maskCredentials(redact(near));
    const isWhole = near.length === text.length;
    const kept = countKept(looked, most, isWhole);
    if (kept === most || isWhole || reach > MOST_LOOKED_AT) return asForeign(looked.slice(0, kept));
  }
}

/** Characters. */
const MOST_LOOKED_AT = 50_000;

/** Of a name or an address that others chose, in characters: enough to recognise it. */
const MOST_OF_NAME = 300;

/** A name or an address that others chose, within a sentence of ours: cut to 300 characters, on one line, what no eye sees as an escape. */
export function nameForeign(name: string, redact: Redact = same): ForeignWords {
  return reshapeForeign(cutForeign(name, redact, { most: MOST_OF_NAME }), showInLine);
}

/** The same words in another shape: lines picked, blanks joined, cut. What has no secret gets none by that. */
export function reshapeForeign(words: ForeignWords, reshape: (text: string) => string): ForeignWords {
  return asForeign(reshape(words));
}

function asForeign(text: string): ForeignWords {
  return copyText(text) as ForeignWords;
}

function same(text: string): string {
  return text;
}

/** Of a list of such texts, no more are kept. */
const MOST_TEXTS = 20;

/** The first 20 texts of a list that others wrote, each as {@link cutForeign} gives it, and how many more there are. */
export function cutForeignList(texts: readonly string[], redact: Redact = same): readonly string[] {
  const kept = texts.slice(0, MOST_TEXTS).map((text) => cutForeign(text, redact));
  return kept.length === texts.length ? kept : [...kept, `(cut: ${texts.length} texts)`];
}
