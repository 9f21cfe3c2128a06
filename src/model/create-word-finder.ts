import type { Stretch } from "./find-credentials.ts";

/** Finds many words in a text at once. */
export interface WordFinder {
  /** Adds a word, which is not empty. One that was added before counts once more. */
  add(word: string): void;
  /**
   * The stretches of a text that are words, in order; those that overlap are joined. The cost is linear in the text, whatever the
   * words are, and grows with their number as its logarithm does.
   */
  find(text: string): readonly Stretch[];
}

/**
 * A finder of no words yet. It keeps automata after Aho and Corasick, each of more letters than the next one: words that were added
 * since the last search become the smallest one, and those of similar size become one. So all of them together cost about as much as
 * sorting the words, in whatever order words are added and texts searched. It takes 14 bytes for each letter of a word at most.
 */
export function createWordFinder(): WordFinder {
  const automata: Automaton[] = [];
  let added: string[] = [];
  return {
    add: (word) => void added.push(word),
    find: (text) => {
      if (added.length > 0) automata.push(createAutomaton(takeSimilar(automata, added)));
      added = [];
      const found = automata.map((automaton) => search(automaton, text));
      return found.length === 1 ? (found[0] ?? []) : joinAll(found.flat());
    },
  };
}

/** The words, with those of all automata that hold no more letters than what has been gathered, which are taken away. */
function takeSimilar(automata: Automaton[], words: readonly string[]): readonly string[] {
  const gathered = [words];
  let letters = countLetters(words);
  for (let last = automata.at(-1); last !== undefined && last.size <= letters; last = automata.at(-1)) {
    gathered.push(last.words);
    letters += last.size;
    automata.pop();
  }
  return gathered.flat();
}

function countLetters(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + word.length, 0);
}

const ROOT = 0;

/** The prefixes of all words as nodes, the shorter ones first, so that the children of each stand next to each other. */
interface Tree {
  /** The last letter of each prefix, in order among those of the same parent. */
  readonly letters: Uint16Array;
  /** Where the children of each node begin. They end where those of the next one begin. */
  readonly children: Int32Array;
  /** How long the longest word is that a prefix ends with; 0: none. Grown with what ends it as a whole, completed by its fallback. */
  readonly lengths: Int32Array;
}

interface Automaton extends Tree {
  readonly words: readonly string[];
  /** Letters of all words. */
  readonly size: number;
  /** For each node the longest other one that its prefix ends with. */
  readonly fallbacks: Int32Array;
}

function createAutomaton(words: readonly string[]): Automaton {
  const tree = growTree(words.toSorted());
  return { ...tree, words, size: countLetters(words), fallbacks: linkFallbacks(tree) };
}

function search(automaton: Automaton, text: string): readonly Stretch[] {
  const { lengths, fallbacks } = automaton;
  const found: Stretch[] = [];
  let node = ROOT;
  for (let end = 1; end <= text.length; end += 1) {
    node = advance(automaton, fallbacks, node, text.charCodeAt(end - 1));
    const length = lengths[node] ?? 0;
    if (length > 0) join(found, { start: end - length, end });
  }
  return found;
}

/** Words that share a prefix: the sorted ones from `from` to before `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function growTree(words: readonly string[]): Tree {
  const most = countLetters(words) + 1;
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

function linkFallbacks(tree: Tree): Int32Array {
  const { letters, children, lengths } = tree;
  const fallbacks = new Int32Array(letters.length);
  for (let node = 0; node < letters.length; node += 1) {
    for (let child = children[node] ?? 0; child < (children[node + 1] ?? 0); child += 1) {
      const fallback = node === ROOT ? ROOT : advance(tree, fallbacks, fallbacks[node] ?? ROOT, letters[child] ?? 0);
      fallbacks[child] = fallback;
      if (lengths[child] === 0) lengths[child] = lengths[fallback] ?? 0;
    }
  }
  return fallbacks;
}

/** The longest prefix of a word with which a text ends, once a letter follows. Each letter goes one down at most, so all of them go up no more. */
function advance(tree: Tree, fallbacks: Int32Array, from: number, letter: number): number {
  for (let node = from; ; node = fallbacks[node] ?? ROOT) {
    const child = findChild(tree, node, letter);
    if (child !== ROOT) return child;
    if (node === ROOT) return ROOT;
  }
}

/** The root where there is none. */
function findChild({ letters, children }: Tree, node: number, letter: number): number {
  let [low, high] = [children[node] ?? 0, children[node + 1] ?? 0];
  const end = high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((letters[middle] ?? 0) < letter) low = middle + 1;
    else high = middle;
  }
  return low < end && letters[low] === letter ? low : ROOT;
}

/** Adds a stretch that ends behind all before it. */
function join(found: Stretch[], { start, end }: Stretch): void {
  let first = start;
  for (let last = found.at(-1); last !== undefined && last.end > first; last = found.at(-1)) {
    first = Math.min(first, last.start);
    found.pop();
  }
  found.push({ start: first, end });
}

function joinAll(stretches: readonly Stretch[]): readonly Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches.toSorted((left, right) => left.end - right.end)) join(joined, stretch);
  return joined;
}
