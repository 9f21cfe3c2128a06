import type { Address } from "../address.ts";
import type { JsonObject } from "../json/json.ts";
import type { Generation, InFlight } from "../objects/live.ts";
import type { Step } from "./step.ts";

/**
 * What becomes of an object. `restore`: its deleted record is undeleted. `move`: it changes pool in place. `replace`: it is registered under a
 * new name, and the former registration is deleted; of what stands in a place, nothing stays there. `put_back`: what an interrupted run took away comes back as it was. `adopt`: it is as its
 * manifest wants and is owned from now on. `forget`: it is no longer owned and stays. `keep`: it can't be deleted and stays.
 */
export const ACTIONS = [
  "create",
  "restore",
  "update",
  "move",
  "replace",
  "delete",
  "put_back",
  "adopt",
  "forget",
  "keep",
] as const;
export type Action = (typeof ACTIONS)[number];

/**
 * Why a change has its action, for readers: the action alone is branched on, and readers must tolerate new values. `displaced`: an interrupted
 * delete took the row along. `refused`: it was drained for a change that the control plane refused. `interrupted`: it was drained on the way to a change that
 * was interrupted, and is released now.
 */
export const ACTION_REASONS = [
  "absent",
  "deleted_record",
  "differs",
  "pool_differs",
  "cannot_update",
  "by_request",
  "no_manifest",
  "cannot_delete",
  "displaced",
  "refused",
  "interrupted",
  "not_owned",
] as const;
export type ActionReason = (typeof ACTION_REASONS)[number];

/** What caused a difference: this revision, a change outside of the repository, both, or unknown where no baseline is kept. */
export type Origin = "commit" | "drift" | "both" | "unknown";

/** What caused the difference of one field, by its path. `both`: it was changed outside, and a commit asks for another value than was applied. */
export interface FieldOrigin {
  readonly path: readonly string[];
  readonly origin: Exclude<Origin, "unknown">;
}

/** Fields of an object that a plan leaves as they are live, against its manifest. */
export interface LeftFields {
  readonly address: Address;
  readonly paths: readonly (readonly string[])[];
  /** What caused them. What a commit asks for is left for a later plan: the manifest does not count as applied. */
  readonly of: "commit" | "drift";
}

/** What happens to one object. `before` and `after` hold its managed fields under manifest names. */
export interface Change {
  readonly address: Address;
  /** The name in the control plane once the change is made (for a delete: the name that goes). */
  readonly physical_name: string;
  /** The registration that a replacement takes the place of; null otherwise. */
  readonly previous_physical_name: string | null;
  readonly action: Action;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  /** Paths of the fields that forced the replacement. */
  readonly replace_paths: readonly (readonly string[])[];
  readonly action_reason: ActionReason;
  readonly origin: Origin;
  /**
   * The origin of each field, where that of the change is `both` and the object is changed in place, so that one may be applied without the
   * other; else left out. No digest covers it.
   */
  readonly fields?: readonly FieldOrigin[];
  /** Who changed what is live last, where origin is `drift` or `both` and the control plane reports it; else left out. No digest covers it. */
  readonly changed_by?: string;
  /** When that was, ISO 8601, UTC; left out where it is not known. No digest covers it. */
  readonly changed_at?: string;
}

/** What runs without being asked: nothing, what creates, what updates in place too, or everything. Each includes those before it. */
export const GRADES = ["none", "create", "update", "all"] as const;
export type Grade = (typeof GRADES)[number];

/** What a change disrupts, gravest first: a registration or a row ends, work has to go elsewhere, or it has to wait. */
export const DISRUPTIONS = ["replace", "delete", "move", "drain", "none"] as const;
export type Disruption = (typeof DISRUPTIONS)[number];

/** What a plan does at one address, as `classifyChanges` finds it. */
export interface PlanEffect {
  readonly address: Address;
  /** What it takes to run without an approval. `all`: it disrupts something. `none`: nothing is written. */
  readonly grade: Grade;
  readonly disruption: Disruption;
}

/** Something to know that needs no write. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly addresses: readonly string[];
  /** Names in the control plane of the queues that it is about; left out where it is about none. */
  readonly queues?: readonly string[];
  /** The flyteadmin, place of delivery or control plane that it is about; left out: those of the target. */
  readonly place?: string;
}

export type CheckStatus = "pass" | "warn" | "fail";

/**
 * A failed check that is allowed. By its name alone: wherever it fails, as the user who names it sees the plan right then. Else only as far as
 * its failure was shown.
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

/** The verdict of one named guard. Only `fail` blocks; `allowed` marks a failure that was allowed for this plan. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  readonly addresses: readonly string[];
  /** Of these addresses those at which it fails, where it only warns at the others, or is allowed there; left out: all. */
  readonly failing?: readonly string[];
  /** Of those at which it fails the ones where the control plane is sure to refuse: no override applies there. Left out: none. */
  readonly refused?: readonly string[];
  /** What its failures concern beside what the plan changes: what breaks or is lost by it. Left out: nothing. */
  readonly concerns?: readonly string[];
  readonly allowed?: true;
  /**
   * It fails only as long as what was changed outside stays as it is beside what commits ask for: the plan as a whole undoes that, so it is a
   * warning there, and stops a part of the plan without that. Left out: it is about the plan as a whole.
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

/** The format that plans have now: its first part changes with what readers of an earlier one would misread. */
export const PLAN_FORMAT = "3.0";

/** What is planned, before its guards have judged it. A plain value that survives JSON. */
export interface PlanBody {
  readonly format_version: typeof PLAN_FORMAT;
  readonly target: PlanTarget;
  /** What the manifests were read from (a git revision when known), or null. */
  readonly revision: string | null;
  readonly options: PlanOptions;
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  /** One for each address at which something is decided: what it takes and what it disrupts. No digest covers it: it follows from the rest. */
  readonly effects: readonly PlanEffect[];
  readonly notices: readonly Notice[];
  readonly routing: readonly (Route | RunRoute)[];
  readonly summary: Summary;
  /** Live objects that no manifest names and that are left alone, as `kind.name`. */
  readonly unmanaged: readonly string[];
  /** Ownership to record when the plan is applied. */
  readonly ownership: {
    readonly claim: readonly OwnershipClaim[];
    readonly release: readonly Address[];
    /** Addresses whose unfinished changes this plan continues, and closes. */
    readonly settle: readonly Address[];
    /** Owned objects that stay although this revision has no manifest of them, as is to be recorded. Left out: none. */
    readonly keep?: readonly Address[];
  };
  /** Keys of everything live that the plan depends on; `live_digest` covers exactly these. */
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
  /** The manifest that this plan applies. */
  readonly manifest: JsonObject;
  /** The logical name it was owned under before a rename, or null. */
  readonly renamed_from: Address | null;
}

/** A plan as it is shown and applied. */
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

/** Whether a change writes nothing: it only changes what is owned, or nothing can be done. */
export function isNoOp({ action }: Pick<Change, "action">): boolean {
  return action === "adopt" || action === "forget" || action === "keep";
}

/** Whether a change deletes a registration, or what stands in a place. */
export function isDestructive({ action }: Pick<Change, "action">): boolean {
  return action === "delete" || action === "replace";
}

/**
 * What a change does, as hashes in stores name it that are compared with those of later plans, of rejections, refusals and contested objects
 * among them: by the words of an earlier format. Changing one would make a rejection be forgotten.
 */
export function nameAction({ action, before }: Pick<Change, "action" | "before">): readonly string[] {
  switch (action) {
    case "create":
    case "restore":
      return ["create"];
    case "update":
    case "move":
      return ["update"];
    case "put_back":
      return [before === null ? "create" : "update"];
    case "replace":
      return ["create", "delete"];
    case "delete":
      return ["delete"];
    case "adopt":
    case "forget":
    case "keep":
      return ["no-op"];
  }
}
