import type { Address, Kind, NamedKind, PlacedKind } from "./address.ts";
import type { Generation, InFlight, LifecycleState } from "./live.ts";

/** Terraform's words; a replacement is two of them, so that a scan for `delete` finds every destruction. */
export type Action = "create" | "update" | "delete" | "no-op";

/** Why a change is what it is. Shown, never branched on outside the planner; readers must tolerate new values. */
export type ActionReason =
  | "absent"
  | "restore"
  | "differs"
  | "move"
  | "adopt"
  | "replace_because_cannot_update"
  | "replace_by_request"
  | "delete_because_no_manifest"
  | "forget"
  | "put_back"
  | "take_back"
  | "cannot_delete";

/** Who caused a difference: this revision, someone outside, both, or unknown where no baseline is kept. */
export type Origin = "commit" | "drift" | "both" | "unknown";

/** Who caused the difference of one field, by its path. `both`: somebody changed it outside, and a commit asks for another value than was applied. */
export interface FieldOrigin {
  readonly path: readonly string[];
  readonly origin: Exclude<Origin, "unknown">;
}

/** Fields of an object that a plan leaves as they are live, whatever its manifest says. */
export interface LeftFields {
  readonly address: Address;
  readonly paths: readonly (readonly string[])[];
  /** Who caused them. What a commit asks for is left for a later plan: the manifest does not count as applied. */
  readonly of: "commit" | "drift";
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What happens to one object. `before` and `after` hold its managed fields under manifest names. */
export interface Change {
  readonly address: Address;
  /** The name in the control plane once the change is made (for a delete: the name that goes). */
  readonly physical_name: string;
  /** The registration that a replacement takes the place of; null otherwise. */
  readonly previous_physical_name: string | null;
  readonly actions: readonly Action[];
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  /** Paths of the fields that forced the replacement. */
  readonly replace_paths: readonly (readonly string[])[];
  readonly action_reason: ActionReason;
  readonly origin: Origin;
  /**
   * Whose each field is, where origin is `both` and the object is changed in place, so that one may be carried out without the other; else
   * left out. No digest covers it.
   */
  readonly fields?: readonly FieldOrigin[];
  /** Who changed what is live last, where origin is `drift` or `both` and the control plane tells; else left out. No digest covers it. */
  readonly changed_by?: string;
  /** When that was, ISO 8601, UTC; left out where nothing tells. No digest covers it. */
  readonly changed_at?: string;
}

/** What a step does; waiting is one of them. */
export const OPS = ["create", "undelete", "update", "move", "drain", "activate", "delete", "await"] as const;
export type Op = (typeof OPS)[number];

/** What an `await` waits for. `deleted`: a deletion under way elsewhere has come to its end. */
export type Until = "drained" | "idle" | "registered" | "healthy" | "deleted";

/**
 * What tells two steps of one op on one object apart, as the last part of their ids. `write-out`: a `*` queue names its other
 * members for the time being; `restore`: it is set back to `*`; `release`: a queue goes on without the clusters that leave;
 * `park`: it is put on `*` while it is out of service; `let-go`: its new selector lacks a cluster that is to be deleted; `take-back`: what was drained
 * for a change that was refused is put back into service.
 */
export const PHASES = ["write-out", "restore", "release", "park", "let-go", "take-back"] as const;
export type Phase = (typeof PHASES)[number];

/** The phase that a step's id ends with, or null. No other part of an id can be one: objects stand there as `kind.name`. */
export function phaseOf(stepId: string): Phase | null {
  const last = stepId.slice(stepId.lastIndexOf("/") + 1);
  return PHASES.find((phase) => phase === last) ?? null;
}

/** One call to a system of the target, or one wait. Independent steps run side by side. */
export type Step = StepOf<NamedKind> | StepOf<PlacedKind>;

/** A step on an object of one of the kinds `K`. */
export interface StepOf<K extends Kind> {
  /** Derived from address, op and object; unique in the plan. */
  readonly id: string;
  /** The change it belongs to. */
  readonly address: Address;
  /** The kind and name of the object it acts on: a cluster's change may have to act on queues. */
  readonly kind: K;
  readonly physical_name: string;
  readonly op: Op;
  /** Managed field values in full; merged onto a fresh read when it is written. Null where the op needs none. */
  readonly set: JsonObject | null;
  /** Ids of the steps that must have been applied before; transitively reduced. */
  readonly after: readonly string[];
  readonly until: Until | null;
  /** The object's own limit for this wait in milliseconds; null: only the caller's. */
  readonly timeout_ms: number | null;
  /** Of what it takes out of service, away, or elsewhere: in which state that is. Left out: the server counts no changes of states. */
  readonly seen?: Seen;
}

/** A state of an object, told from the same one at another time. */
export interface Seen {
  readonly state: LifecycleState;
  /** As `LiveCluster.generation` and `LiveQueue.generation`: it grows with each change of the state, whoever makes it. */
  readonly generation: string;
}

/** Something to know that needs no write. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly addresses: readonly string[];
  /** Names in the control plane of the queues that it is about; left out where it is about none. */
  readonly queues?: readonly string[];
}

export type CheckStatus = "pass" | "warn" | "fail";

/**
 * A check that is let through. By its name: wherever it fails, as whoever names it sees the plan right then. Else as far alone as someone was
 * shown that it fails.
 */
export type Allowance = string | ShownFailure;

/** Where a check fails, and what that concerns. */
export interface ShownFailure {
  readonly check: string;
  /** None: it fails for the plan as a whole. */
  readonly addresses: readonly string[];
  /** What else breaks or is lost by it; left out: nothing, or an earlier release did not say. */
  readonly concerns?: readonly string[];
}

/** The verdict of one named guard. Only `fail` blocks; `allowed` marks a failure that was let through for this plan. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  readonly addresses: readonly string[];
  /** Of these addresses those at which it fails, where it only warns at the others, or is let through there; left out: all. */
  readonly failing?: readonly string[];
  /** Of those at which it fails the ones where the control plane is sure to refuse: no override lets it through there. Left out: none. */
  readonly refused?: readonly string[];
  /** What its failures concern beside what the plan changes: what breaks or is lost by it. Left out: nothing. */
  readonly concerns?: readonly string[];
  readonly allowed?: true;
  /**
   * It fails only as long as what was changed outside stays as it is beside what commits ask for: the plan as a whole undoes that, so it is a
   * warning there, and stops what is carried out without that. Left out: it is about the plan as a whole.
   */
  readonly beside_drift?: true;
}

/** Where a queue sends work before and after, as physical cluster names; null: the queue is not there or is drained. */
export interface Route {
  readonly queue: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
}

/** Where the runs of a place go before and after, by one of the systems that decide it. */
export interface RunRoute {
  readonly system: string;
  /** Null: of all projects, domains, or workflows without a way of their own. */
  readonly project: string | null;
  readonly domain: string | null;
  readonly workflow: string | null;
  /** The queue that they are in; null where none takes part. */
  readonly queue: string | null;
  /** Cluster names; null: refused, or not known. */
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
  /** Which of the two a null stands for; left out beside cluster names, and in plans of earlier versions. */
  readonly before_outcome?: "refused" | "unknown";
  readonly after_outcome?: "refused" | "unknown";
  /** Some of them read and write another metadata bucket than before. Left out: none, as far as is known. */
  readonly other_bucket?: true;
  /** The clusters get other parts of the work than before. Left out: they do not, as far as is known. */
  readonly other_shares?: true;
}

/** Work that a step would have to wait for, or would interrupt; null figures: the server gave none. */
export interface Impact {
  readonly queue: string;
  readonly in_flight: InFlight | null;
  /** Addresses of the changes concerned. */
  readonly addresses: readonly string[];
}

/** Counts with replacements apart: a replaced object is in `replace` only. */
export interface Summary {
  readonly add: number;
  readonly change: number;
  readonly replace: number;
  readonly destroy: number;
}

/** Which control plane a plan is for. */
export interface PlanTarget {
  /** "" where no Union control plane was named. */
  readonly endpoint: string;
  readonly org: string;
  readonly generation: Generation;
  /** Where flyteadmin is; left out where none was named. */
  readonly flyteadmin?: string;
  /** Where files are delivered; left out where nowhere. */
  readonly delivery?: string;
}

/** The choices that shaped a plan; saved in it, so that applying it needs none of them again. */
export interface PlanOptions {
  readonly prune: "none" | "owned" | "all";
  readonly on_pool_change: "auto" | "move" | "replace";
  readonly target: readonly Address[];
  readonly exclude: readonly Address[];
  readonly replace: readonly Address[];
  readonly allow: readonly Allowance[];
  /** Fields that stay as they are live; left out: none. */
  readonly leave?: readonly LeftFields[];
  /** Where ownership is remembered, an absolute folder or a URL without its password; null: nowhere. */
  readonly store: string | null;
}

/** What is planned, before its guards have judged it. A plain value that survives JSON. */
export interface PlanBody {
  readonly format_version: "2.1";
  readonly target: PlanTarget;
  /** What the manifests were read from (a git revision when known), or null. */
  readonly revision: string | null;
  readonly options: PlanOptions;
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  readonly notices: readonly Notice[];
  readonly routing: readonly (Route | RunRoute)[];
  readonly summary: Summary;
  /** Live objects that no manifest names and that are left alone, as `kind.name`. */
  readonly unmanaged: readonly string[];
  /** Ownership to record when the plan is carried out. */
  readonly ownership: {
    readonly claim: readonly OwnershipClaim[];
    readonly release: readonly Address[];
    /** Addresses whose unfinished changes this plan goes on with, and closes. */
    readonly settle: readonly Address[];
  };
  /** Keys of everything live that the plan rests on; `live_digest` covers exactly these. */
  readonly reads: readonly string[];
  /** Hash of the effect: canonical target, changes, steps and routing. */
  readonly digest: string;
  readonly live_digest: string;
}

/** What to remember of an object that this plan makes, changes or adopts. */
export interface OwnershipClaim {
  readonly address: Address;
  readonly physical_name: string;
  readonly previous_names: readonly string[];
  readonly lifecycle: { readonly prevent_destroy: boolean; readonly on_remove: "delete" | "orphan" };
  readonly applied: JsonObject;
  /** The manifest that this plan carries out. */
  readonly manifest: JsonObject;
  /** The logical name it was owned under before a rename, or null. */
  readonly renamed_from: Address | null;
}

/** A plan as it is shown and carried out. */
export interface Plan extends PlanBody {
  readonly checks: readonly Check[];
  readonly impact: readonly Impact[];
  /** True when nothing blocks it. */
  readonly applyable: boolean;
}

/** Whether a plan changes nothing on the control plane. */
export function isEmptyPlan(plan: Pick<PlanBody, "steps">): boolean {
  return plan.steps.length === 0;
}
