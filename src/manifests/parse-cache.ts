import { LARGEST_TEXTS } from "../model/largest-texts.ts";
import type { Manifest, ManifestFile } from "../model/objects/manifest.ts";

/** Manifests of texts that were parsed before and in which nothing was wrong. */
export interface ParseCache {
  find(file: ManifestFile, org: string): readonly Manifest[] | undefined;
  keep(file: ManifestFile, org: string, manifests: readonly Manifest[]): void;
}

interface Kept {
  readonly text: string;
  readonly org: string;
  readonly manifests: readonly Manifest[];
}

/** The most that a cache keeps. */
export interface ParseCacheLimits {
  /** Default 250,000, the most that a folder may hold. */
  readonly files?: number;
  /** Of their paths and texts together. Default: all texts of one target, and what others have beside them. */
  readonly characters?: number;
}

/** Of what requests have beside the branch, a quarter as much: each of any number of requests may have other files. */
const MOST_CHARACTERS = 1.25 * LARGEST_TEXTS;

/**
 * A cache by path and text: manifests know their file, and some are named by it. One text is kept for each path; beyond the limits, those that were
 * not asked for the longest leave first.
 */
export function createParseCache({ files = 250_000, characters = MOST_CHARACTERS }: ParseCacheLimits = {}): ParseCache {
  const byPath = new Map<string, Kept>();
  let count = 0;
  const drop = (path: string) => {
    const kept = byPath.get(path);
    if (kept !== undefined) count -= path.length + kept.text.length;
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
      byPath.set(path, { text, org, manifests });
      count += path.length + text.length;
      for (const oldest of byPath.keys()) {
        if (byPath.size <= files && count <= characters) return;
        drop(oldest);
      }
    },
  };
}
