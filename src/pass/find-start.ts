import type { SourceConfig } from "../config/daemon-config.ts";
import type { TargetState } from "../model/daemon-records.ts";

/** The branch and the folder that a target is read from, for comparisons: no branch has a colon. Of a folder without git: its path. */
export function nameFolder(source: SourceConfig): string {
  return `${source.kind === "repository" ? source.branch : ""}:${source.path}`;
}

/**
 * From which revision on commits of the branch are not carried out: the one that was applied last from the folder that is configured now, or
 * else the one that the target looked at first. What was applied from another branch or folder was not applied from this one. Null before
 * the first look. A state that an older release wrote names no folder, and counts as one of this folder.
 */
export function findStart(
  state: Pick<TargetState, "applied_revision" | "applied_folder" | "first_revision"> | null,
  source: SourceConfig,
): string | null {
  return findApplied(state, source) ?? state?.first_revision ?? null;
}

/** The revision that was carried out in full last from the branch and the folder that are configured now; null: none was. */
export function findApplied(
  state: Pick<TargetState, "applied_revision" | "applied_folder"> | null,
  source: SourceConfig,
): string | null {
  return isFolder(state?.applied_folder, source) ? (state?.applied_revision ?? null) : null;
}

/** Whether a name that {@link nameFolder} gave is that of the branch and the folder that are configured now. Null, or left out: an older release wrote it, which counts. */
export function isFolder(name: string | null | undefined, source: SourceConfig): boolean {
  return (name ?? nameFolder(source)) === nameFolder(source);
}
