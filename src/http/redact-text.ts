import { spellSecret } from "./spell-secret.ts";

/** Shorter texts are not replaced: it would garble messages and hide nothing. */
const SHORTEST_SECRET = 4;
/** Shorter parts of a secret are not replaced by themselves. */
const SHORTEST_PART = 6;
const CREDENTIAL_HEADER = /\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi;

/** Takes secrets out of texts. */
export interface Redactor {
  /** Texts of fewer than four characters are left out. */
  add(secret: string): void;
  /**
   * Replaces each secret in a text by `***`, in the spellings that it travels in, and whatever follows `Bearer` or `Basic`. Secrets
   * that overlap become one `***`: nothing of either is left. The cost grows with the text, and not with the number of secrets.
   */
  redact(text: string): string;
}

/** A redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  const known = new Set<string>();
  /** Spellings by the letters that they begin with, the longest first. */
  const byStart = new Map<string, string[]>();
  const addSpelling = (spelling: string) => {
    if (known.has(spelling) || spelling.length < SHORTEST_SECRET) return;
    known.add(spelling);
    const start = spelling.slice(0, SHORTEST_SECRET);
    const alike = byStart.get(start) ?? [];
    byStart.set(start, alike);
    alike.push(spelling);
  };
  const findEnd = (text: string, at: number): number => {
    const alike = byStart.get(text.slice(at, at + SHORTEST_SECRET)) ?? [];
    return alike.reduce((end, one) => (at + one.length > end && text.startsWith(one, at) ? at + one.length : end), at);
  };
  return {
    add: (secret) => {
      for (const part of listParts(secret)) for (const spelling of spellSecret(part)) addSpelling(spelling);
    },
    redact: (text) => {
      let redacted = "";
      let end = 0;
      for (let at = 0; at < text.length; at += 1) {
        const found = byStart.size === 0 ? at : findEnd(text, at);
        if (found > at && at >= end) redacted += "***";
        if (found > end && found > at) end = found;
        if (at >= end) redacted += text[at];
      }
      return redacted.replace(CREDENTIAL_HEADER, "$1 ***");
    },
  };
}

/** The same for secrets that are known by now: for words of servers, proxies and commands, which may repeat what they were sent. */
export function redactText(text: string, secrets: readonly string[]): string {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor.redact(text);
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
