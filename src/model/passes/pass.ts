import type { Address } from "../address.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ApplyReport } from "../plan/apply-report.ts";
import type { Check, Plan } from "../plan/plan.ts";
import { showInLine } from "../text/show-text.ts";

/** What made a pass begin. */
export const TRIGGERS = [
  "start",
  "push",
  "poll",
  "schedule",
  "request",
  "approval",
  "retry",
  "waiting",
  "reload",
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** The steps of a pass, in their order. */
export const PASS_STEPS = ["fetch", "verify", "parse", "read", "plan", "guard", "apply", "report"] as const;
export type PassStep = (typeof PASS_STEPS)[number];

/** Why a change was not applied by a pass that applied others. */
export type HeldReason =
  | "approval"
  | "unreviewed"
  | "rejected"
  | "check"
  | "server_refused"
  | "window"
  | "freeze"
  | "paused"
  | "drift_report"
  | "drift_off"
  | "drift_unconfirmed"
  | "drift_destructive"
  | "drift_contested";

/** A change that a pass leaves as it is, for now. */
export interface HeldChange {
  readonly address: Address;
  readonly reason: HeldReason;
  /** For people: what has to happen for it to continue. */
  readonly message: string;
  /** The paths (dotted) of the fields that are left; the rest of the change is applied. Left out: all of it is held. */
  readonly fields?: readonly string[];
  /** When it continues without an approval, after the word "until": a moment (ISO 8601), or a clause; left out: not foreseen. */
  readonly ends?: string;
  /** It was drained for the change, and takes no work until that continues; left out: it takes work, or is not to. */
  readonly out_of_service?: true;
}

/** Fields of a held change that are named; more are counted. */
const MOST_FIELDS = 5;

/** What is held, for people: an address, and the fields where the rest of the change runs. */
export function nameHeld({ address, fields = [] }: Pick<HeldChange, "address" | "fields">): string {
  const more = fields.length - MOST_FIELDS;
  const names = [...fields.slice(0, MOST_FIELDS), ...(more > 0 ? [`${more} more`] : [])].map(showInLine);
  return names.length === 0 ? address : `${address} (${names.join(", ")})`;
}

/** How far one pass came, and what it found. Written once, when it ends. */
export interface PassRecord {
  /** The run id: in logs, journal, notifications and history. */
  readonly id: string;
  readonly target: string;
  readonly trigger: Trigger;
  /** ISO 8601 in UTC, by the store's clock. */
  readonly started_at: string;
  readonly ended_at: string;
  /** The revision that was planned; null where none was reached. */
  readonly revision: string | null;
  /** The digest of the plan; null where there was none. */
  readonly digest: string | null;
  readonly outcome: PassOutcome;
}

/** What a pass came to. Each is a fact; what it means for the target is computed from it (`Status`). */
export type PassOutcome =
  /** Nothing differs. */
  | { readonly kind: "synced" }
  /** All of the plan that may run was applied; `held` is what was left. */
  | { readonly kind: "applied"; readonly report: ApplyReport; readonly held: readonly HeldChange[] }
  /** Work is drained first, or something outside has to happen; the next pass continues. */
  | { readonly kind: "waiting"; readonly report: ApplyReport; readonly held: readonly HeldChange[] }
  /** There is a plan and none of it may run. */
  | {
      readonly kind: "held";
      readonly held: readonly HeldChange[];
      /** What would fail in the rest of the plan without what is held, so that it waits as well; left out: nothing waits for that. */
      readonly rest?: { readonly without: readonly Address[]; readonly checks: readonly Check[] };
    }
  /** A check of the plan fails. */
  | {
      readonly kind: "blocked";
      readonly checks: readonly Check[];
      /** What is held while the rest of the plan fails them, or they count it with the rest; left out: the plan as a whole does. */
      readonly without?: readonly Address[];
      /** What a rollout has drained before, as {@link HeldChange}; left out: nothing. */
      readonly out_of_service?: readonly Address[];
      /** What was put back all the same, as an interrupted delete had taken it along; left out: nothing. */
      readonly report?: ApplyReport;
    }
  /** The manifests are wrong; the last applied revision stays in effect. */
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  /** The revision may not be applied: its signature, or its history. */
  | { readonly kind: "refused"; readonly message: string }
  /** The state is unknown: the source or the control plane is unreachable, limits the rate, or denies permission. */
  | { readonly kind: "inconclusive"; readonly step: PassStep; readonly code: string; readonly message: string }
  /** A step of the plan, or the pass itself, failed. */
  | {
      readonly kind: "failed";
      readonly step: PassStep;
      readonly code: string;
      readonly message: string;
      readonly report: ApplyReport | null;
    }
  /** A newer revision came, the daemon was ended, or the lease was lost. */
  | { readonly kind: "cancelled"; readonly message: string; readonly report: ApplyReport | null };

/** A plan that is kept for those who look at it or approve it. */
export interface KeptPlan {
  readonly target: string;
  readonly digest: string;
  readonly revision: string | null;
  readonly made_at: string;
  readonly plan: Plan;
  /** The rules by which it is sealed, as `noteSealing` names them; left out: not known. */
  readonly sealed_by?: string;
}
