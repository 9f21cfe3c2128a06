import { hash as hashText } from "node:crypto";

/**
 * The lines that a text of several lines gets or loses, each by a hash of itself and of the lines that it is indented below: so two texts
 * that get the same entry of a map share its lines, regardless of what else they say. None where neither has several lines.
 */
export function listLines(before: string, after: string, compare = compareLines): readonly string[] {
  if (!before.includes("\n") && !after.includes("\n")) return [];
  const { come, go } = compare(before, after);
  return [...come.map(({ hash }) => hash), ...go.map(({ hash }) => `-${hash}`)];
}

/** A line of a text. */
export interface PlacedLine {
  /** Of itself and of the lines that it is indented below. */
  readonly hash: string;
  readonly text: string;
  readonly key: string | undefined;
  /** The line that it is indented below. Not all keys that lead to it: lines times depth may be far more than the text. */
  readonly outer: PlacedLine | undefined;
}

/** The lines that come and those that go, each once. */
export interface ComparedLines {
  readonly come: readonly PlacedLine[];
  readonly go: readonly PlacedLine[];
}

/** The same, where the same two texts are compared several times: a text may have hundreds of thousands of lines. */
export function rememberLines(): typeof compareLines {
  const known = new Map<string, Map<string, ComparedLines>>();
  return (before, after) => {
    const from = known.get(before) ?? new Map<string, ComparedLines>();
    const compared = from.get(after) ?? compareLines(before, after);
    known.set(before, from.set(after, compared));
    return compared;
  };
}

/** The lines that come and those that go, each once. */
export function compareLines(before: string, after: string): ComparedLines {
  const [from, to] = [placeLines(before), placeLines(after)];
  const without = (lines: ReadonlyMap<string, PlacedLine>, others: ReadonlyMap<string, PlacedLine>) =>
    [...lines.values()].filter(({ hash }) => !others.has(hash));
  return { come: without(to, from), go: without(from, to) };
}

/** A line that others may be indented below, and those found there so far by what they say. */
interface Above {
  readonly placed: PlacedLine;
  readonly depth: number;
  below?: Map<string, PlacedLine>;
}

/** By their hashes. */
function placeLines(text: string): ReadonlyMap<string, PlacedLine> {
  const above: Above[] = [];
  const root: Pick<Above, "below"> = {};
  const found = new Map<string, PlacedLine>();
  for (const line of text.split("\n")) {
    const words = line.trim();
    if (words === "") continue;
    // An entry of a list may stand as far left as the key that it belongs to.
    const depth = 2 * line.search(/\S/) + (words.startsWith("- ") ? 1 : 0);
    while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
    const outer = above.at(-1);
    const siblings = outer ?? root;
    siblings.below ??= new Map();
    // Many lines may be the same.
    const placed = siblings.below.get(words) ?? placeLine(words, outer?.placed);
    siblings.below.set(words, placed);
    above.push({ placed, depth });
    found.set(placed.hash, placed);
  }
  return found;
}

function placeLine(words: string, outer: PlacedLine | undefined): PlacedLine {
  const key = KEY.exec(words)?.[1];
  return { hash: hashText("sha256", `${outer?.hash ?? ""}\n${words}`), text: words, key, outer };
}

/** What a line of YAML or JSON begins with, before its value: its first group is the key. */
const KEY = /^(?:- +)*["']?([^\s:"']+)["']?:(?:\s|$)/;
