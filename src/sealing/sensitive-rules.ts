import type { Address } from "../model/address.ts";
import { matchGlob } from "../model/match-glob.ts";
import { namesSecret, refersToSecret } from "../model/sensitive-key.ts";
import { DEFAULT_QUEUE_KEY } from "../model/settings.ts";

/** Where a value stands: the keys that lead to it, without the places of lists. */
export type KeyPath = readonly string[];

/** What is sensitive beside what keys say by themselves. */
export interface SensitiveNames {
  /** Patterns of the operator over `ADDRESS.PATH`, in which `*` stands for any letters. */
  readonly patterns: readonly string[];
  /** Patterns over paths by address: those of manifests, and paths at which something was sealed before. */
  readonly paths: ReadonlyMap<Address, readonly string[]>;
}

/** Says whether the value at a path of an object is sensitive. */
export type IsSensitive = (address: Address, path: KeyPath) => boolean;

/** The setting of which each entry is sensitive, whatever its name. */
const SENSITIVE_SETTING = "environment_variables";

/**
 * The one rule of what is sensitive: a path is if one of its keys names a secret, if it is of environment variables of tasks, or if a
 * pattern matches it or something that it lies below. The name of the default queue never is: routes are found by it.
 */
export function createIsSensitive({ patterns, paths }: SensitiveNames): IsSensitive {
  const isMatched = (text: string, all: readonly string[]) =>
    all.some((pattern) => matchGlob(pattern, text) || matchGlob(`${pattern}.*`, text));
  return (address, path) => {
    if (address.startsWith("settings.")) {
      if (path[0] === DEFAULT_QUEUE_KEY) return false;
      if (path[0] === SENSITIVE_SETTING) return true;
    }
    const text = path.join(".");
    return (
      isSensitivePath(path) || isMatched(text, paths.get(address) ?? []) || isMatched(`${address}.${text}`, patterns)
    );
  };
}

/** Whether keys alone tell that a value is sensitive: its own names a secret, or one that it lies below does and its own refers to none. */
function isSensitivePath(path: KeyPath): boolean {
  const own = path.at(-1) ?? "";
  if (namesSecret(own)) return true;
  // The `items` of a volume map keys of a Kubernetes Secret to files.
  return !refersToSecret(own) && !path.includes("items") && path.slice(0, -1).some(namesSecret);
}
