import { LARGEST_TEXTS } from "../model/largest-texts.ts";
import type { Manifest, ManifestFile } from "../model/objects/manifest.ts";
import { measureValues } from "./measure-values.ts";

/** Manifests of texts that were parsed before and in which nothing was wrong. */
export interface ParseCache {
  find(file: ManifestFile, org: string): readonly Manifest[] | undefined;
  keep(file: ManifestFile, org: string, manifests: readonly Manifest[]): void;
}

interface Kept {
  readonly text: string;
  readonly org: string;
  readonly manifests: readonly Manifest[];
  /** As {@link measureValues} counts them. */
  readonly values: number;
}

/** The most that a cache keeps. */
export interface ParseCacheLimits {
  /** Default 250,000, the most that a folder may hold. */
  readonly files?: number;
  /** Of their paths and texts together. Default: all texts of one target, and what others have beside them. */
  readonly characters?: number;
  /** Of their manifests, as {@link measureValues} counts them. */
  readonly values?: number;
}

/** Of what requests have beside the branch, a quarter as much: each of any number of requests may have other files. */
const MOST_CHARACTERS = 1.25 * LARGEST_TEXTS;
/**
 * A tenth of the heap: a value takes some sixteen bytes as it is counted. How many a text has is up to who writes it: an empty map has three signs, and
 * takes twenty times as much.
 */
const MOST_VALUES = (3 * LARGEST_TEXTS) / 16;

/**
 * A cache by path and text: manifests know their file, and some are named by it. One text is kept for each path; beyond the limits, those that were
 * not asked for the longest leave first.
 */
export function createParseCache({
  files = 250_000,
  characters = MOST_CHARACTERS,
  values = MOST_VALUES,
}: ParseCacheLimits = {}): ParseCache {
  const byPath = new Map<string, Kept>();
  const taken = { characters: 0, values: 0 };
  const add = (path: string, { text, values: own }: Kept, sign: 1 | -1) => {
    taken.characters += sign * (path.length + text.length);
    taken.values += sign * own;
  };
  const drop = (path: string) => {
    const kept = byPath.get(path);
    if (kept !== undefined) add(path, kept, -1);
    byPath.delete(path);
  };
  return {
    find: ({ path, text }, org) => {
      const kept = byPath.get(path);
      if (kept === undefined || kept.text !== text || kept.org !== org) return undefined;
      byPath.delete(path);
      byPath.set(path, kept);
      return kept.manifests;
    },
    keep: ({ path, text }, org, manifests) => {
      drop(path);
      const kept = { text, org, manifests, values: measureValues(manifests.map(({ body }) => body)) };
      byPath.set(path, kept);
      add(path, kept, 1);
      for (const oldest of byPath.keys()) {
        if (byPath.size <= files && taken.characters <= characters && taken.values <= values) return;
        drop(oldest);
      }
    },
  };
}
