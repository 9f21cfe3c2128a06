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
  const folder = nameFolder(source);
  const applied = (state?.applied_folder ?? folder) === folder ? state?.applied_revision : null;
  return applied ?? state?.first_revision ?? null;
}
