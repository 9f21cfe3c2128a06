import { realpathSync, statSync } from "node:fs";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ManifestFile } from "../../model/objects/manifest.ts";
import { gatherFiles } from "./gather-files.ts";
import { createTextReader } from "./read-text.ts";
import { walkFolder } from "./walk-folder.ts";

/** How much of a folder is read at most; past it, reading stops with a diagnostic. Bytes unless said otherwise. */
export interface ReadLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
  /** Number of manifest files. */
  readonly files: number;
  /** Number of files of any name, folders and links that are looked at. */
  readonly entries: number;
  /** Nested folders below the one that is read. */
  readonly depth: number;
  /** Number of diagnostics: of files that can't be read, and of links. */
  readonly mistakes: number;
}

/** 1 MB a file, 256 MB and 250,000 files and folders in all, 32 folders deep, 10,000 mistakes. */
export const READ_LIMITS: ReadLimits = {
  fileBytes: 1_000_000,
  totalBytes: 256_000_000,
  files: 250_000,
  entries: 250_000,
  depth: 32,
  mistakes: 10_000,
};

/** The manifest files of a folder, sorted by path, and what could not be read. */
export interface ReadFolder {
  readonly files: readonly ManifestFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads every `.yaml` and `.yml` file below `dir`, folders and files whose name begins with a dot left out. Links are followed
 * inside the folder only, each file once. All else of the process has its turn in the meantime. Throws an OperationalError `folder_not_found` when `dir` itself cannot be read.
 */
export async function readFolder(dir: string, limits: ReadLimits = READ_LIMITS): Promise<ReadFolder> {
  // Each file is read synchronously on purpose: for many small files that is several times faster than promises.
  return gatherFiles(walkFolder(openRoot(dir), limits), createTextReader(limits.fileBytes), limits);
}

function openRoot(dir: string): string {
  // For the system, an empty path is the current folder: an unset variable of a script must not name that.
  if (dir === "")
    throw new OperationalError("folder_not_found", "no folder is given: pass the folder with the manifests", {
      next: "stop",
    });
  try {
    const root = realpathSync(dir);
    if (statSync(root).isDirectory()) return root;
  } catch (cause) {
    throw new OperationalError("folder_not_found", `cannot read the folder ${dir}: ${describe(cause)}`, {
      next: "stop",
      cause,
    });
  }
  throw new OperationalError("folder_not_found", `${dir} is not a folder: pass the folder with the manifests`, {
    next: "stop",
  });
}

function describe(cause: unknown): string {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT"
    ? "folder not found; check the path"
    : String(cause instanceof Error ? cause.message : cause);
}
