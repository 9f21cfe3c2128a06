import { createHash } from "node:crypto";

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
  /** The keys that lead to it: its own, where it has one, and then those of the lines above it, the innermost first. */
  readonly keys: readonly string[];
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
  const above: (PlacedLine & { readonly depth: number })[] = [];
  const found = new Map<string, PlacedLine>();
  for (const line of text.split("\n")) {
    const words = line.trim();
    if (words === "") continue;
    // An entry of a list may stand as far left as the key that it belongs to.
    const depth = 2 * line.search(/\S/) + (words.startsWith("- ") ? 1 : 0);
    while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
    const outer = above.at(-1);
    const hash = createHash("sha256")
      .update(`${outer?.hash ?? ""}\n${words}`)
      .digest("hex");
    const own = KEY.exec(words)?.[1];
    const keys = [...(own === undefined ? [] : [own]), ...(outer?.keys ?? [])];
    const placed = { hash, text: words, keys };
    above.push({ ...placed, depth });
    found.set(hash, placed);
  }
  return found;
}

/** What a line of YAML or JSON begins with, before its value: its first group is the key. */
const KEY = /^(?:- +)*["']?([^\s:"']+)["']?:(?:\s|$)/;
