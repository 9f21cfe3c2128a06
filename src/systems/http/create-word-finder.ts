import type { Stretch } from "../../model/secrets/stretch.ts";
import { findChild, growLetterTree, type LetterTree, ROOT } from "../../model/text/letter-tree.ts";

/** Finds many words in a text in one search. */
export interface WordFinder {
  /** Adds a word, which is not empty. One that was added before counts once more. */
  add(word: string): void;
  /**
   * The stretches of a text that are words, in order; those that overlap are joined. The cost is linear in the text for any words, and
   * logarithmic in their number.
   */
  find(text: string): readonly Stretch[];
}

/**
 * A finder of no words yet. It keeps automata after Aho and Corasick, each of more letters than the next one: words that were added since
 * the last search become the smallest one, and those of similar size become one. So all of them together cost about as much as sorting the
 * words, in any order of adding words and searching texts. It takes 14 bytes for each letter of a word at most.
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

interface Automaton extends LetterTree {
  readonly words: readonly string[];
  /** Letters of all words. */
  readonly size: number;
  /** For each node the longest other one that its prefix ends with. */
  readonly fallbacks: Int32Array;
}

function createAutomaton(words: readonly string[]): Automaton {
  const tree = growLetterTree(words.toSorted());
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

/** For each node the longest other one that its prefix ends with; completes `lengths` by what those end with. */
function linkFallbacks(tree: LetterTree): Int32Array {
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
function advance(tree: LetterTree, fallbacks: Int32Array, from: number, letter: number): number {
  for (let node = from; ; node = fallbacks[node] ?? ROOT) {
    const child = findChild(tree, node, letter);
    if (child !== ROOT) return child;
    if (node === ROOT) return ROOT;
  }
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
