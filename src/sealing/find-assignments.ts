import { namesSecret } from "../model/secrets/sensitive-key.ts";
import type { Stretch } from "../model/secrets/stretch.ts";
import type { KeyPath } from "./sensitive-rules.ts";

/** What is to be sealed: a stretch, the keys that lead to it, and what it means without quotes. */
export interface Found extends Stretch {
  readonly place: KeyPath;
  readonly value?: string;
}

/** Whether a sign behind a key, with what follows it, gives a value to the key. */
export type IsAssignment = (sign: string, rest: string, key: string) => boolean;

/** For values, where a colon alone is no assignment: images, addresses and references to secrets have one. */
export function isSpacedAssignment(sign: string, rest: string, key: string): boolean {
  // `:=` assigns in templates.
  return sign === "=" || rest === "" || rest.startsWith("=") || /^\s/.test(rest) || /["'`]$/.test(key);
}

/**
 * Values behind a key that names a secret, in lines that are no YAML: `PASSWORD=...`, `token: ...`. Offsets are those of the text;
 * default of `isAssignment`: every `:` and `=` is one.
 */
export function findAssignments(
  text: string,
  from: number,
  to: number,
  place: KeyPath,
  isAssignment: IsAssignment = () => true,
): readonly Found[] {
  const found: Found[] = [];
  let start = from;
  // Of this stretch alone: the line that it is part of may hold many others.
  for (const line of text.slice(from, to).split("\n")) {
    const value = findAssigned(line, isAssignment);
    if (value !== null) found.push({ start: start + value, end: start + line.trimEnd().length, place });
    start += line.length + 1;
  }
  return found;
}

/** Where the value behind the first key of a line that names a secret begins; null: there is none. */
function findAssigned(line: string, isAssignment: IsAssignment): number | null {
  let before = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] !== ":" && line[at] !== "=") continue;
    const quoted = line.slice(before, at).trimEnd();
    // An index has a bracket behind the quote.
    const key = quoted.replace(/\\?["'`]\]?$/, "");
    before = at + 1;
    const value = line.slice(before);
    if (!namesSecret(lastWord(key)) || !isAssignment(line[at] ?? "", value, quoted)) continue;
    return value.trim() === "" ? null : before + value.length - value.trimStart().length;
  }
  return null;
}

function lastWord(text: string): string {
  let at = text.length;
  while (at > 0 && /[\w.-]/.test(text[at - 1] ?? "")) at -= 1;
  return text.slice(at);
}

/** A key on a line of its own, whose value follows on the next ones. */
const OPENING = /^(?:-[ \t]+)*["']?([\w.-]+)["']?[ \t]*[:=][ \t]*(?:[|>][-+\d]{0,2}|\\|"""|'''|<<[-~]?["']?\w+["']?)?$/;
/** What ends a value that begins so: the same quotes, or the word of a heredoc. */
const CLOSED = /(?:("""|''')|<<[-~]?["']?(\w+)["']?)$/;
const KEY_BEGIN = /^(?:-[ \t]+)?["']?[\w./-]+["']?[ \t]*[:=]/;

/** Position of a key whose value is read, and whether none of it has been. */
interface OpenKey {
  readonly indent: number;
  readonly isFirst: boolean;
  /** What ends it, regardless of how it is indented; null: nothing does. */
  readonly closing: string | null;
}

/**
 * The lines below a key that names a secret and is alone on its line, in a text that is no YAML: those that are indented further, the items
 * of a list, and the next line where it has no key itself.
 */
export function findBelow(text: string): readonly Found[] {
  const found: Found[] = [];
  let key: OpenKey | null = null;
  for (let start = 0; start < text.length; start = lineEnd(text, start) + 1) {
    const line = text.slice(start, lineEnd(text, start)).trimEnd();
    const content = line.trimStart();
    const indent = line.length - content.length;
    if (content === "") continue;
    if (key !== null && content === key.closing) {
      key = null;
      continue;
    }
    if (key !== null && (key.closing !== null || isValueOf(key, indent, content))) {
      found.push({ start: start + indent, end: start + line.length, place: [] });
      const isLast: boolean = key.closing !== null && content.endsWith(key.closing);
      key = isLast ? null : { indent: key.indent, isFirst: false, closing: key.closing };
      continue;
    }
    key = namesSecret(OPENING.exec(content)?.[1] ?? "") ? openKey(indent, content) : null;
  }
  return found;
}

function openKey(indent: number, content: string): OpenKey {
  const [, quotes, word] = CLOSED.exec(content) ?? [];
  return { indent, isFirst: true, closing: quotes ?? word ?? null };
}

function isValueOf(key: OpenKey, indent: number, content: string): boolean {
  if (indent !== key.indent) return indent > key.indent;
  return content.startsWith("- ") || (key.isFirst && !KEY_BEGIN.test(content));
}

/** Each line of a text that is no comment, as a whole: nothing is known of what it means. */
export function findLines(text: string): readonly Found[] {
  const found: Found[] = [];
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    const indent = line.length - line.trimStart().length;
    const content = line.trim();
    const isOpen = content === "" || content === "---" || content.startsWith("#");
    if (!isOpen) found.push({ start: start + indent, end: start + line.trimEnd().length, place: [] });
    start = end + 1;
  }
  return found;
}

/** Where the line at an offset ends: at its `\n`, or with the text. */
export function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
