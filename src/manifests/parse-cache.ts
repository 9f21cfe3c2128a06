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

/**
 * A cache by path and text: manifests know their file, and some are named by it. One text is kept for each path, for up to `maxFiles`
 * paths (default 250,000, the most that a folder may hold); those that were not asked for the longest leave first.
 */
export function createParseCache(maxFiles = 250_000): ParseCache {
  const byPath = new Map<string, Kept>();
  return {
    find: ({ path, text }, org) => {
      const kept = byPath.get(path);
      if (kept === undefined || kept.text !== text || kept.org !== org) return undefined;
      byPath.delete(path);
      byPath.set(path, kept);
      return kept.manifests;
    },
    keep: ({ path, text }, org, manifests) => {
      byPath.delete(path);
      byPath.set(path, { text, org, manifests });
      if (byPath.size <= maxFiles) return;
      const [oldest] = byPath.keys();
      if (oldest !== undefined) byPath.delete(oldest);
    },
  };
}
