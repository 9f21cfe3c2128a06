import { statSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";

/** Throws an OperationalError `path_not_found` where there is neither a folder of manifests nor a saved plan. */
export function refuseMissingPath(path: string): void {
  const reason = findHindrance(path);
  if (reason === null) return;
  throw new OperationalError(
    "path_not_found",
    `${path}: ${reason}. Pass a folder of manifests, or a plan saved with poolkeeper plan DIR --out FILE.`,
    { next: "stop" },
  );
}

function findHindrance(path: string): string | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined ? "not found" : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
