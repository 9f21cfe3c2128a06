import type { AuditEntry } from "../passes/audit-entry.ts";
import type { Decision } from "../passes/decision.ts";
import type { AppliedRevision, Pause } from "./daemon-records.ts";

/** What a target takes over from others that are not configured any more. */
export interface TakenHolds {
  readonly pauses: readonly Pause[];
  readonly decisions: readonly Decision[];
  /** The revisions that can be gone back to without an approval. */
  readonly applied: readonly AppliedRevision[];
  readonly audit: readonly AuditEntry[];
}

/** No id that is given has it. */
const MARK = ":";

/** The id under which a target has a pause that it took over from another one: the same each time. Pure. */
export function nameTakenPause(id: string, target: string): string {
  return `${findGivenId(id)}${MARK}${target}`;
}

/** The id under which a pause was given: the same for all targets that have it. Pure. */
export function findGivenId(id: string): string {
  return id.split(MARK, 1)[0] ?? id;
}
