import { SERVER_REFUSED } from "../../model/ledger/refusal.ts";
import type { CheckStatus } from "../../model/plan/plan.ts";

/** The check of what is owned by a restored backup alone. */
export const RESTORED_OWNERSHIP = "restored-ownership";

/** The named guards of a plan, in the order in which they are shown. */
export const CHECK_NAMES = [
  "schema",
  "references",
  "ownership",
  RESTORED_OWNERSHIP,
  "protected",
  "empty-set",
  "max-disruption-share",
  "other-folder",
  "black-hole",
  "unseen-settings",
  "contract",
  "capability",
  "unmanaged-pin",
  "apps",
  "in-flight",
  "cascade",
  SERVER_REFUSED,
] as const;
/** One of {@link CHECK_NAMES}. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** Something that a guard found; a check's status is that of its worst finding. */
export interface Finding {
  readonly check: CheckName;
  readonly status: Exclude<CheckStatus, "pass">;
  /** What it is, about which object, and what to do. */
  readonly message: string;
  readonly addresses: readonly string[];
  /** The queues whose routes it is about, by their names in the control plane: it counts for each part of a plan that changes one, chosen or not. */
  readonly queues?: readonly string[];
  /** Of a failure: what else it concerns though no change of the plan is about it, each by a name that never changes, as an address. */
  readonly concerns?: readonly string[];
  /** Of a failure: the control plane is sure to refuse it, so that no override allows it. */
  readonly refused?: true;
}
