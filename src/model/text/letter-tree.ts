/** The node of the empty prefix, which all words have. */
export const ROOT = 0;

/** The prefixes of many words as nodes, the shorter ones first, so that the children of each stand next to each other. */
export interface LetterTree {
  /** The last letter of each prefix, in order among those of the same parent. */
  readonly letters: Uint16Array;
  /** Where the children of each node begin. They end where those of the next one begin. */
  readonly children: Int32Array;
  /** How long the word is that a prefix is; 0: it is none. */
  readonly lengths: Int32Array;
}

/** Words that share a prefix: the sorted ones from `from` to before `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The tree of words, which are sorted and not empty. It takes 10 bytes for each of their letters at most. */
export function growLetterTree(words: readonly string[]): LetterTree {
  const most = words.reduce((sum, word) => sum + word.length, 1);
  const [letters, children, lengths] = [new Uint16Array(most), new Int32Array(most + 1), new Int32Array(most)];
  let count = 1;
  let level: readonly Range[] = [{ from: 0, to: words.length }];
  for (let [depth, node] = [0, 0]; level.length > 0; depth += 1) {
    const next: Range[] = [];
    for (const { from, to } of level) {
      children[node] = count;
      let at = from;
      // A word that ends here comes first, perhaps more than once.
      for (; at < to && words[at]?.length === depth; at += 1) lengths[node] = depth;
      while (at < to) {
        const start = at;
        const letter = words[at]?.charCodeAt(depth) ?? 0;
        while (at < to && words[at]?.charCodeAt(depth) === letter) at += 1;
        letters[count] = letter;
        count += 1;
        next.push({ from: start, to: at });
      }
      node += 1;
    }
    level = next;
  }
  children[count] = count;
  return {
    letters: letters.slice(0, count),
    children: children.slice(0, count + 1),
    lengths: lengths.slice(0, count),
  };
}

/** The prefix with one letter more; {@link ROOT} where no word begins like that. */
export function findChild({ letters, children }: LetterTree, node: number, letter: number): number {
  let [low, high] = [children[node] ?? 0, children[node + 1] ?? 0];
  const end = high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((letters[middle] ?? 0) < letter) low = middle + 1;
    else high = middle;
  }
  return low < end && letters[low] === letter ? low : ROOT;
}
