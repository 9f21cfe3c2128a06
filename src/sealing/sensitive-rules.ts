import type { Address } from "../model/address.ts";
import { DEFAULT_QUEUE_KEY } from "../model/objects/settings.ts";
import {
  createMatchBudget,
  createPathMatcher,
  type PathMatcher,
  type PathNames,
  type PathState,
} from "../model/secrets/match-paths.ts";
import { namesSecret, refersToSecret } from "../model/secrets/sensitive-key.ts";
import { EVERYTHING, subjectOf } from "./own-names.ts";

/** The path of a value: the keys that lead to it, without list indexes. */
export type KeyPath = readonly string[];

/** What is sensitive beside what keys say by themselves. */
export interface SensitiveNames {
  /** Patterns of the operator over `ADDRESS.PATH`, in which `*` stands for any letters. */
  readonly patterns: readonly string[];
  /** By subject, as `subjectOf` says: patterns of manifests, and paths at which something was sealed before or that hold a reference. */
  readonly own: ReadonlyMap<string, PathNames>;
}

/** Says whether the value at a path of an object is sensitive. */
export type IsSensitive = (address: Address, path: KeyPath) => boolean;

/** The setting of which every entry is sensitive. */
const SENSITIVE_SETTING = "environment_variables";

/**
 * The one rule of what is sensitive: a path is if one of its keys names a secret, if it is of environment variables of tasks, or if a
 * pattern matches it or something that it lies below. The name of the default queue never is: routes are found by it.
 *
 * Past 150 million steps of matching patterns, everything is sensitive that they might match.
 *
 * Each query continues from the keys that it shares with the one before, so that all values of a tree cost as much as its keys.
 */
export function createIsSensitive({ patterns, own }: SensitiveNames, budget = createMatchBudget()): IsSensitive {
  const operator = createPathMatcher({ patterns: own.has(EVERYTHING) ? ["*"] : patterns, paths: [] }, budget);
  const matchers = new Map<string, PathMatcher>();
  const matcherOf = (address: Address): PathMatcher => {
    const subject = subjectOf(address);
    const known = matchers.get(subject) ?? createPathMatcher(own.get(subject) ?? { patterns: [], paths: [] }, budget);
    matchers.set(subject, known);
    return known;
  };
  let last: Walk | undefined;
  return (address, path) => {
    if (address.startsWith("settings.")) {
      if (path[0] === DEFAULT_QUEUE_KEY) return false;
      if (path[0] === SENSITIVE_SETTING) return true;
    }
    if (last?.address !== address) last = { address, operator, own: matcherOf(address), levels: [] };
    return isSensitiveLevel(walk(last, path.length === 0 ? [""] : path));
  };
}

/** The path that was asked about last, key by key. */
interface Walk {
  readonly address: Address;
  readonly operator: PathMatcher;
  readonly own: PathMatcher;
  readonly levels: Level[];
}

/** One key of a path, and what is known of the path that ends with it. */
interface Level {
  readonly key: string;
  /** Whether a key before it names a secret. */
  readonly isBelowSecret: boolean;
  /** Whether it is `items`, or one before it is. */
  readonly hasItems: boolean;
  readonly operator: PathState;
  readonly own: PathState;
}

/** The level of the last key. */
function walk({ address, operator, own, levels }: Walk, path: KeyPath): Level {
  let shared = 0;
  while (shared < levels.length && shared < path.length && levels[shared]?.key === path[shared]) shared += 1;
  levels.length = shared;
  let level = levels.at(-1) ?? {
    ...{ key: "", isBelowSecret: false, hasItems: false },
    ...{ operator: operator.read(operator.begin, `${address}.`), own: own.begin },
  };
  for (const key of path.slice(shared)) {
    level = {
      key,
      isBelowSecret: level.isBelowSecret || namesSecret(level.key),
      hasItems: level.hasItems || key === "items",
      operator: operator.read(level.operator, `${key}.`),
      own: own.read(level.own, `${key}.`),
    };
    levels.push(level);
  }
  return level;
}

function isSensitiveLevel({ key, isBelowSecret, hasItems, operator, own }: Level): boolean {
  if (operator.isCovered || own.isCovered || namesSecret(key)) return true;
  // One that lies below a secret is, except one that refers to it. The `items` of a volume map keys of a Kubernetes Secret to files.
  return isBelowSecret && !hasItems && !refersToSecret(key);
}
