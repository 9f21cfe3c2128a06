import { createWordFinder } from "./create-word-finder.ts";
import { spellSecret } from "./spell-secret.ts";

/** Shorter texts are not replaced: it would garble messages and hide nothing. */
const SHORTEST_SECRET = 4;
/** Shorter parts of a secret are not replaced by themselves. */
const SHORTEST_PART = 6;
/** Parts of secrets that are longer are known by themselves. Half of what `cutForeign` reads beyond what it keeps. */
const LONGEST_PART = 4_000;
/** Letters of all spellings that are looked for. They take 60 MB. */
const MOST_LETTERS = 4 * 1024 * 1024;
/** In place of a text in which more secrets may be than are looked for. */
const WITHHELD = "(withheld: too many secrets to search for)";
/** A header's scheme and what follows it, with the header's name where that stands before it. */
const CREDENTIAL_HEADER = /(authorization["']?[:=]\s{0,4}["']?)?\b(bearer|basic)\s+([\w.~+/=…*-]{4,})/gi;
/** A word of a sentence. A token of its form, which no program gives out, is hidden where it is known, behind the header's name, and where a server cut it. */
const PLAIN_WORD = /^[A-Z]?[a-z]{3,15}\.?$/;

/** Takes secrets out of texts. */
export interface Redactor {
  /** Texts of fewer than four characters are left out. */
  add(secret: string): void;
  /** A word that is removed in this spelling only. One of fewer than four characters is left out. */
  addWord(word: string): void;
  /**
   * Replaces each secret in a text by `***`, in the encodings that it is sent in, and what follows `Bearer` or `Basic` and is no plain word. Secrets
   * that overlap become one `***`: nothing of either is left. The cost grows with the text, and not with the number of secrets. Where
   * secrets have more than 4 million letters in all their spellings, no text is given at all.
   */
  redact(text: string): string;
}

/** A redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  const known = new Set<string>();
  const finder = createWordFinder();
  let letters = 0;
  const addWord = (word: string) => {
    if (word.length < SHORTEST_SECRET || letters > MOST_LETTERS || known.has(word)) return;
    known.add(word);
    finder.add(word);
    letters += word.length;
  };
  return {
    addWord: (word) => {
      for (const part of splitLong(word)) addWord(part);
    },
    add: (secret) => {
      // Known to be too much before it is spelled.
      if (secret.length > MOST_LETTERS) letters += secret.length;
      if (letters > MOST_LETTERS) return;
      for (const part of listParts(secret)) {
        for (const spelling of spellSecret(part)) for (const word of splitLong(spelling)) addWord(word);
      }
    },
    redact: (text) => {
      if (letters > MOST_LETTERS) return text === "" ? text : WITHHELD;
      const redacted: string[] = [];
      let at = 0;
      for (const { start, end } of finder.find(text)) {
        redacted.push(text.slice(at, start), "***");
        at = end;
      }
      redacted.push(text.slice(at));
      return redacted.join("").replace(CREDENTIAL_HEADER, hideCredential);
    },
  };
}

function hideCredential(found: string, header: string | undefined, scheme: string, value: string): string {
  return header === undefined && PLAIN_WORD.test(value) ? found : `${header ?? ""}${scheme} ***`;
}

/** A spelling, and the parts of a long one, so that it is known where a text is cut within it. */
function splitLong(spelling: string): readonly string[] {
  const parts = [spelling];
  for (let at = 0; at + LONGEST_PART < spelling.length; at += LONGEST_PART) {
    parts.push(spelling.slice(at, at + LONGEST_PART));
  }
  return parts;
}

/** A secret, also without blanks around it, its lines where it has several, and the texts in it where it is JSON. */
function listParts(secret: string): readonly string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const whole = [secret, secret.trim()];
  const lines = secret.includes("\n") ? secret.split("\n").map((line) => line.trim()) : [];
  const parts = [...lines, ...listTexts(secret.trim())];
  return [...whole, ...parts.filter((part) => part.length >= SHORTEST_PART)];
}

function listTexts(secret: string): readonly string[] {
  if (!/^[{[]/.test(secret)) return [];
  const texts: string[] = [];
  try {
    JSON.parse(secret, (_key, value: unknown) => {
      if (typeof value === "string") texts.push(value);
      return value;
    });
  } catch {
    return [];
  }
  return texts;
}
