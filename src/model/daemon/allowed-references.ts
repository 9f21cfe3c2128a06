import { resolve } from "node:path";

/** Which references may be resolved for one target. The operator says so, never a manifest. */
export interface AllowedReferences {
  /** Names of variables. */
  readonly env: readonly string[];
  /** Absolute paths: of a file, or of a folder with `/` at its end, for all files below it. */
  readonly files: readonly string[];
}

/** The default: none. */
export const NO_REFERENCES: AllowedReferences = { env: [], files: [] };

/** A path that is allowed, from a folder on; one that ends with `/` keeps it. */
export function resolveAllowed(folder: string, path: string): string {
  const absolute = resolve(folder, path);
  return path.endsWith("/") && absolute !== "/" ? `${absolute}/` : absolute;
}
