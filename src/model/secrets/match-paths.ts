import { findChild, growLetterTree, ROOT } from "../text/letter-tree.ts";

/** What is named of an object: each covers all that lies below it too. */
export interface PathNames {
  /** Over keys with dots between them; `*` stands for any letters, dots included. */
  readonly patterns: readonly string[];
  /** Keys with dots between them, as they are. */
  readonly paths: readonly string[];
}

/** Where names stand behind the begin of a path. */
export interface PathState {
  /** Whether one of them covers what has been read, and so everything that follows. */
  readonly isCovered: boolean;
  /** How far each pattern has come that may still match. */
  readonly places: Int32Array;
  /** In the tree of the paths. */
  readonly node: number;
}

/** Names that are looked for in paths, from key to key. */
export interface PathMatcher {
  /** Before the first key. */
  readonly begin: PathState;
  /**
   * Where names stand once a key and its dot follow. A letter takes one step for each pattern that may still match, about two at most,
   * and one for all paths together.
   */
  read(from: PathState, text: string): PathState;
}

const LOST = -1;
const MATCHED = -2;
const COVERED: PathState = { isCovered: true, places: new Int32Array(), node: LOST };

/** Steps that are left for matching patterns, over all matchers that share it. */
export interface MatchBudget {
  left: number;
}

/**
 * Steps of one plan or one look. Manifests are bounded before (`too-many-patterns`); values that are live come from the control plane, which
 * may have megabytes of them for patterns of manifests. Three manifests of the largest kind take that, in about two seconds.
 */
export function createMatchBudget(): MatchBudget {
  return { left: 150_000_000 };
}

/** Compiles names. A name covers a path where it matches what ends before one of the path's dots, or all of it: so each ends with a dot here. */
export function createPathMatcher(
  { patterns, paths }: PathNames,
  budget: MatchBudget = createMatchBudget(),
): PathMatcher {
  const tree = growLetterTree(paths.map((path) => `${path}.`).toSorted());
  const program = compilePatterns([...new Set(patterns)]);
  return {
    begin: { isCovered: false, places: program.starts, node: paths.length === 0 ? LOST : ROOT },
    read: (from, text) => {
      if (from.isCovered) return from;
      const places = from.places.slice();
      let [count, node] = [places.length, from.node];
      for (let at = 0; at < text.length && (count > 0 || node !== LOST); at += 1) {
        const letter = text.charCodeAt(at);
        if (node !== LOST) node = findChild(tree, node, letter) || LOST;
        if (node !== LOST && tree.lengths[node] !== 0) return COVERED;
        budget.left -= count;
        // What can't be judged is sensitive.
        if (budget.left < 0) return COVERED;
        const kept = advanceAll(program, places, count, letter);
        if (kept === MATCHED) return COVERED;
        count = kept;
      }
      return { isCovered: false, places: places.slice(0, count), node };
    },
  };
}

/** Patterns without their stars, one behind the other. Where one has come is the index of the letter that it needs next. */
interface Program {
  readonly letters: Uint16Array;
  /** The next state for any other letter: itself behind a star, LOST before the first one. */
  readonly fallbacks: Int32Array;
  /** 1 for the last letter of a pattern. */
  readonly ends: Uint8Array;
  readonly starts: Int32Array;
}

function compilePatterns(patterns: readonly string[]): Program {
  const parts = patterns.map((pattern) => `${pattern}.`.split("*"));
  const text = parts.map((segments) => segments.join("")).join("");
  const letters = Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  const [fallbacks, ends] = [new Int32Array(text.length), new Uint8Array(text.length)];
  const starts = new Int32Array(parts.length);
  let at = 0;
  for (const [index, segments] of parts.entries()) {
    starts[index] = at;
    for (const [order, segment] of segments.entries()) {
      if (order === 0) fallbacks.fill(LOST, at, at + segment.length);
      else linkSegment(segment, at, fallbacks);
      at += segment.length;
    }
    ends[at - 1] = 1;
  }
  return { letters, fallbacks, ends, starts };
}

/** As Knuth, Morris and Pratt do: behind a star, what matches so far may begin later. */
function linkSegment(segment: string, start: number, fallbacks: Int32Array): void {
  fallbacks[start] = start;
  let shared = 0;
  for (let at = 1; at < segment.length; at += 1) {
    fallbacks[start + at] = start + shared;
    while (shared > 0 && segment[at] !== segment[shared]) shared = (fallbacks[start + shared] ?? start) - start;
    if (segment[at] === segment[shared]) shared += 1;
  }
}

/** Moves each place on, and those that are left to the front. Gives how many those are; MATCHED where a pattern has matched. */
function advanceAll({ letters, fallbacks, ends }: Program, places: Int32Array, count: number, letter: number): number {
  let kept = 0;
  for (let index = 0; index < count; index += 1) {
    let place = places[index] ?? 0;
    let back = fallbacks[place] ?? LOST;
    while (letters[place] !== letter && back !== place && back !== LOST) {
      place = back;
      back = fallbacks[place] ?? LOST;
    }
    if (letters[place] === letter) {
      if (ends[place] === 1) return MATCHED;
      place += 1;
    } else if (back === LOST) continue;
    places[kept] = place;
    kept += 1;
  }
  return kept;
}
