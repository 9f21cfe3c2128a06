import { hash } from "node:crypto";

/**
 * The lines that a text of several lines gets or loses, each by a hash of itself and of the lines that it is indented below: so two texts
 * that get the same entry of a map share its lines, regardless of what else they say. None where neither has several lines.
 */
export function listLines(before: string, after: string): readonly string[] {
  if (!before.includes("\n") && !after.includes("\n")) return [];
  const { come, go } = compareLines(before, after);
  return [...come.map(({ hash }) => hash), ...go.map(({ hash }) => `-${hash}`)];
}

/** A line of a text. */
export interface PlacedLine {
  /** Of itself and of the lines that it is indented below. */
  readonly hash: string;
  readonly text: string;
  /** Its own key; null: it has none. */
  readonly key: string | null;
  /** The innermost key that leads to it: its own, or that of the nearest line above it that has one; null: none has. */
  readonly innermost: string | null;
  /** The line that it is indented below; null: none. */
  readonly above: PlacedLine | null;
}

/** The lines that come and those that go, each once. */
export function compareLines(
  before: string,
  after: string,
): { readonly come: readonly PlacedLine[]; readonly go: readonly PlacedLine[] } {
  const [from, to] = [placeLines(before), placeLines(after)];
  const without = (lines: ReadonlyMap<string, PlacedLine>, others: ReadonlyMap<string, PlacedLine>) =>
    [...lines.values()].filter(({ hash }) => !others.has(hash));
  return { come: without(to, from), go: without(from, to) };
}

/** By their hashes. */
function placeLines(text: string): ReadonlyMap<string, PlacedLine> {
  const above: { readonly line: PlacedLine; readonly depth: number }[] = [];
  const found = new Map<string, PlacedLine>();
  for (const written of text.split("\n")) {
    const words = written.trim();
    if (words === "") continue;
    // An entry of a list may stand as far left as the key that it belongs to.
    const depth = 2 * written.search(/\S/) + (words.startsWith("- ") ? 1 : 0);
    while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
    const outer = above.at(-1)?.line ?? null;
    const own = hash("sha256", `${outer?.hash ?? ""}\n${words}`);
    const key = KEY.exec(words)?.[1] ?? null;
    const line: PlacedLine = { hash: own, text: words, key, innermost: key ?? outer?.innermost ?? null, above: outer };
    above.push({ line, depth });
    found.set(own, line);
  }
  return found;
}

/** What a line of YAML or JSON begins with, before its value: its first group is the key. */
const KEY = /^(?:- +)*["']?([^\s:"']+)["']?:(?:\s|$)/;
