import type { Address } from "../address.ts";
import type { Approval, ApprovalEvent } from "../passes/approval.ts";
import type { AuditEntry } from "../passes/audit-entry.ts";
import type { ApprovalMark, Decision, GivenDecision } from "../passes/decision.ts";
import type { OtherWrite } from "../passes/other-write.ts";
import type { KeptPlan, PassRecord } from "../passes/pass.ts";
import type { Status } from "../passes/status.ts";
import type { RequestRecords } from "../reviews/request-records.ts";
import type { KeptSealing, Sealing } from "../secrets/sealing.ts";
import type { Alarm } from "./alarm.ts";
import type { Destination } from "./destination.ts";
import type { OutboxRecords } from "./outbox-records.ts";
import type { TakenHolds } from "./taken-holds.ts";
import type { UnreviewedCommit } from "./unreviewed.ts";

/** A target, or one of its objects, that is left alone. */
export interface Pause {
  readonly id: string;
  readonly target: string;
  /** Null: all of it. */
  readonly address: Address | null;
  /**
   * The same object by the name under which it is registered: its manifest may be renamed, once and again. Each pass keeps it so. Null, or left out: all
   * of the target, nothing was registered by the last pass, or an earlier release has paused it since.
   */
  readonly registered_as?: Address | null;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  /** Null: until it is lifted. */
  readonly until: string | null;
}

/** A pause, as returned to its author. */
export interface GivenPause extends Pause {
  /** Why it holds nothing for now; null: it holds something, or that is not known. */
  readonly warning: string | null;
}

/** A pass that was requested and has not been made yet. It survives a crash. */
export interface PassRequest {
  readonly id: string;
  readonly target: string;
  readonly by: string;
  readonly at: string;
  readonly destination: Destination;
}

/** One revision that was applied. */
export interface AppliedRevision {
  readonly target: string;
  readonly revision: string;
  readonly at: string;
  readonly digest: string;
  readonly pass: string;
  readonly approval: string | null;
  /** Where it was applied, as `nameTargetPlace` names it; null in what an older release wrote. */
  readonly place: string | null;
}

/** An uncommitted difference, with the number of consecutive sightings. */
export interface Sighting {
  readonly address: Address;
  /** Hash of what differs: another difference starts again at one. */
  readonly difference: string;
  readonly first_at: string;
  readonly count: number;
}

/** How often an object was set back that is changed outside again and again, and whether it is left alone. */
export interface Contest {
  readonly address: Address;
  /** When it was set back, oldest first, as far back as it counts. */
  readonly reverted_at: readonly string[];
  /** Since when it is left as it is; null: it is set back. */
  readonly held_since: string | null;
  /** Who changed it last, where the control plane reports it. */
  readonly changed_by: string | null;
}

/** The longest time for which a message is put off, in milliseconds. */
export const LONGEST_DELAY_MS = 3_600_000;

/** A message to a receiver, until it is delivered. */
export interface OutboxEntry {
  readonly id: string;
  /** The configured receiver. */
  readonly receiver: string;
  /** The same message is not sent twice to one receiver. Begins with the target that it is about, and a slash. */
  readonly key: string;
  readonly body: string;
  readonly attempts: number;
  /** When it is to be tried next. */
  readonly due_at: string;
  /** So many messages it reports that had no room; left out: it is a usual one. */
  readonly left_out?: number;
  /** The id of such a message in whose place it comes, where that was not taken yet. */
  readonly replaces?: string;
}

/** A message that was given to a sender. */
export interface TakenEntry extends OutboxEntry {
  /** When it was added to the outbox. */
  readonly added_at: string;
}

/** How an approval ends. */
export interface ApprovalEnd {
  readonly id: string;
  readonly event: ApprovalEvent;
}

/** Notifications that belong together: messages, and the alarms that they open and end. */
export interface Notifications {
  readonly messages: readonly OutboxEntry[];
  readonly alarms: readonly Alarm[];
}

/** What ends a session of the page before its time: on every replica, as the store is asked. */
export interface SessionState {
  /** How often all sessions of its token were ended: one that was opened before the last time is over. */
  readonly epoch: number;
  /** Whether the session itself was ended. */
  readonly ended: boolean;
}

/** How many objects of a kind are in a state. */
export interface ObjectCount {
  readonly kind: string;
  /** The life-cycle state, or `present` for kinds without one. */
  readonly state: string;
  readonly count: number;
}

/** Work that waits in a queue that reaches no cluster. */
export interface UnreachableWork {
  /** Its name in the control plane. */
  readonly queue: string;
  /** Runs and actions that wait. */
  readonly waiting: number;
  /** Why it reaches no cluster, as a clause: `it selects no cluster that is healthy`. */
  readonly reason: string;
  /** When it was first seen so: another time is another fact. */
  readonly since: string;
}

/**
 * A live object that an interrupted run wrote to and that no manifest names, or whose change was left half-way at a place that the target had
 * before: people have to decide about it.
 */
export interface LeftObject {
  readonly address: Address;
  /** The former place; left out: it is at one of the target's. */
  readonly place?: string;
  /** What it is and what can be done, in full sentences. */
  readonly message: string;
  /** When it was first found so. */
  readonly since: string;
}

/** A revision whose commits carry the signatures that were asked for, as far as they were not applied unseen. */
export interface VerifiedRevision {
  readonly revision: string;
  /** Hash of what was asked for and of the keys that were trusted: others look at everything again. */
  readonly under: string;
}

/** What the rollout of a revision has begun and not finished: that may finish while no window is open. */
export interface Begun {
  readonly revision: string;
  /** Addresses of changes, and `queue.NAME` of `*` queues that are written out for their sake, by the names in the control plane. */
  readonly objects: readonly string[];
  /** A pass whose writes only the journal has, as it was killed or aborted; null: there is none. */
  readonly run: string | null;
  /** Whether some of it may be drained, and takes no work until the rollout continues. Left out by an older release: it may. */
  readonly drains?: boolean;
  /** The plan that it is of, which is kept; left out by an older release. */
  readonly digest?: string;
}

/** What was found and applied at one place; it does not apply to another one. */
export interface PlaceFacts {
  /** The last revision that was applied in full. */
  readonly applied_revision: string | null;
  /** Recent revisions of the branch, oldest first; never one that was pinned. Left out in what an older release wrote. */
  readonly heads?: readonly string[];
  /** The newest revision whose manifests are valid. */
  readonly good_revision: string | null;
  /** What is reported as drift since, or null. */
  readonly drift_since: string | null;
  /** What was changed outside and counts as drift; sorted as in the plan. */
  readonly drifted: readonly Address[];
  /** What its rollout has begun; null, or missing in what an older release wrote: nothing is known of it. */
  readonly begun?: Begun | null;
  /** What was set back lately, by address. */
  readonly contests: readonly Contest[];
  /** The number of the change log's last entry that receivers were notified of; null, or left out by an older release: of none yet. */
  readonly told_seq?: number | null;
  /** Passes whose report receivers have, and of whose writes entries after {@link told_seq} may be. Left out: none. */
  readonly told_runs?: readonly string[];
  /** Names that the target had, under which it may have written entries after {@link told_seq}. Left out: none. */
  readonly told_as?: readonly string[];
  /**
   * Commits since the applied revision whose request was found to be merged without a reviewed plan: they stay so although the forge forgets it.
   * Left out: none.
   */
  readonly unreviewed?: readonly UnreviewedCommit[];
}

/** The same of a place that the target had before. */
export interface FormerPlace extends PlaceFacts {
  readonly place: string;
}

/** Steps that wait for work to drain or for an external condition, and since when the passes that looked have waited for any. */
export interface Waiting {
  readonly steps: number;
  readonly since: string;
}

/** What is known of a target between passes, at the place that it is configured with. */
export interface TargetState extends PlaceFacts {
  readonly target: string;
  /** What `PlaceFacts`, the last pass and what was read are of, as `nameTargetPlace` says. Left out in what an older release wrote. */
  readonly place?: string;
  /** What is known of places that the target had before, the last one last: it may be given one of them again. */
  readonly former?: readonly FormerPlace[];
  readonly status: Status;
  /** The last pass; null before the first. */
  readonly last_pass: PassRecord | null;
  /** The revision that was looked at first; null before that. Left out in what an older release wrote. */
  readonly first_revision?: string | null;
  /** From where signatures of every commit are checked; null, or missing in what an older release wrote: from the applied revision. */
  readonly verified?: VerifiedRevision | null;
  /** The revision that is held on to by `reconcile --revision`; null: the branch is followed. */
  readonly pinned_revision: string | null;
  /** The target from which the pin was taken over; left out: it was given to this one. */
  readonly pinned_as?: string;
  /** When a pass last came to `synced` or `applied`. */
  readonly last_success_at: string | null;
  /** Failed passes in a row. */
  readonly failures: number;
  /** What is live, counted. */
  readonly objects: readonly ObjectCount[];
  /** When drift was looked for last; null: never. */
  readonly looked_at: string | null;
  /** What the last pass that looked waited for; null, or missing in what an older release wrote: nothing. */
  readonly waiting?: Waiting | null;
  /** Since when the passes that looked have found changes that need an approval; null, or missing in what an older release wrote: there are none. */
  readonly approval_since?: string | null;
  /** Work that waited where nothing takes it when the live state was read last. */
  readonly unreachable: readonly UnreachableWork[];
  /** So many more of them, which are not on record one by one; left out: none. */
  readonly unreachable_more?: number;
  /** What interrupted runs left, by address; left out in what an older release wrote: nothing is known of any. */
  readonly left_behind?: readonly LeftObject[];
  /**
   * What its rollouts have drained and not put back, as the journal has it, where the last pass may have looked at nothing live. Left out: nothing,
   * or the last pass itself says so.
   */
  readonly out_of_service?: readonly Address[];
  /** Traces of another daemon that works on the target; left out: none are known. */
  readonly other_writes?: readonly OtherWrite[];
  /** What the credentials for the pull requests may do beyond what is needed, for operators alone; left out: it was not asked yet. */
  readonly excess?: readonly string[];
  readonly updated_at: string;
}

/**
 * A state as it is kept, which may be of another place than the target is configured with now: what it says of a place is read by `findHere`,
 * or by `showState` where it is shown.
 */
export type KeptState = Omit<TargetState, keyof PlaceFacts | "last_pass" | "objects" | "looked_at" | "unreachable">;

/**
 * Everything that the daemon keeps, beside the ledger and the leases of each target. Each call is one transaction, durable when
 * its promise resolves: an act and its audit entry are both there or neither is. It throws an OperationalError when the store is not reachable. Times are by the store's clock.
 */
export interface DaemonRecords extends RequestRecords, OutboxRecords {
  /** The store's time. */
  now(): Promise<string>;
  /** Writes something of no meaning, durably: what reads alone would not notice a full disk or a database that only reads. */
  proveWrite(): Promise<void>;

  readState(target: string): Promise<KeptState | null>;
  readStates(): Promise<readonly KeptState[]>;
  /**
   * Puts what `change` makes of the state in its place; null: it stays. `change` is called again where another process has written one in between; what
   * it throws is thrown, and nothing is written then. `along` is written if and only if the state is: messages and alarms, as
   * {@link DaemonRecords.addOutbox} takes them, the ends of approvals, and holds that are not there yet.
   */
  changeState(
    target: string,
    change: (kept: KeptState | null) => TargetState | null,
    along?: Partial<Notifications> & { readonly ends?: readonly ApprovalEnd[]; readonly holds?: TakenHolds },
  ): Promise<void>;

  recordPass(record: PassRecord): Promise<void>;
  /** Newest first. */
  readPasses(target: string, limit: number): Promise<readonly PassRecord[]>;
  readPass(id: string): Promise<PassRecord | null>;

  /** Keeps rules by which plans are sealed, and names them. Idempotent. */
  noteSealing(sealing: Sealing): Promise<string>;
  /** Those of these targets of which not all that is kept, here and in their ledgers, is sealed by rules that say as much. */
  listUnsealed(required: ReadonlyMap<string, Sealing>): Promise<readonly string[]>;
  /**
   * Drops what is kept of the target and may show values that are sensitive by these rules, and were not when it was sealed: plans and
   * reviews that name settings or Flyte's files, drift that was seen, and texts of passes and of the audit. An approval of such a plan
   * ends, as what it is for is no longer on record. The audit has how many there were; none: no entry. Values in dropped plans are removed
   * from the texts that stay.
   */
  sealKept(target: string, required: KeptSealing, audit: Omit<AuditEntry, "target" | "details">): Promise<void>;

  /** Kept once for each digest of a target. One that is the target's latest already, word for word, is left as it is, `made_at` too. */
  keepPlan(plan: KeptPlan): Promise<void>;
  /**
   * No plan or review that is read shows what is sensitive for the target now, even one written by an older release. By digest, or all that
   * begin with so many digits of it; none for fewer than `DIGEST_DIGITS`.
   */
  findPlans(digest: string): Promise<readonly KeptPlan[]>;
  /** By its whole digest. Which plan is the current one the target's last pass says, and no time: a clock may be set back. */
  readPlan(target: string, digest: string): Promise<KeptPlan | null>;

  /**
   * Refuses (false) when the digest already has an approval that is open or running; then the act is not in the audit either. `former`:
   * the id of one that ends as superseded in the same moment; where it has ended already, that is refused too. `mark`: what its decision
   * says; without, it takes no rejection back, and none refuses it.
   */
  addApproval(
    approval: Approval,
    audit: AuditEntry,
    options?: { readonly former?: string | null; readonly mark?: ApprovalMark },
  ): Promise<boolean>;
  /** Keeps a rejection, and ends with it every approval of its target that is open or running: what runs may be the rest of another plan. Recorded once. */
  addRejection(rejection: GivenDecision, audit: AuditEntry | null): Promise<void>;
  readApprovals(target: string): Promise<readonly Approval[]>;
  /** What was decided about the target, in the order in which it was recorded. Kept for as long as the target is configured. */
  readDecisions(target: string): Promise<readonly Decision[]>;
  /** Adds effects to those that a rejection is about. */
  extendDecision(target: string, seq: number, effects: readonly string[]): Promise<void>;
  /** False where the event is impossible in its state, as `APPROVAL_TRANSITIONS` says: then nothing moves. Of concurrent callers that end it, one gets it. */
  moveApproval(id: string, event: ApprovalEvent): Promise<boolean>;

  addPause(pause: Pause, audit: AuditEntry): Promise<void>;
  /** Those that hold now. */
  readPauses(target: string): Promise<readonly Pause[]>;
  /** From now on a pause is of what is registered under that name, as `Pause.registered_as` says; one that was lifted stays lifted. */
  bindPause(id: string, registered_as: Address): Promise<void>;
  /**
   * How many were lifted, which the audit's details say too, as `ended`; `address` null: the pause of the whole target. A pause that was taken
   * over ends for every target that has it, but for those that are `kept` (default: none).
   */
  endPauses(target: string, address: Address | null, audit: AuditEntry, kept?: readonly string[]): Promise<number>;

  addRequest(request: PassRequest, audit: AuditEntry): Promise<void>;
  readRequests(target: string): Promise<readonly PassRequest[]>;
  /** Ends those that a pass has taken up. */
  endRequests(ids: readonly string[]): Promise<void>;

  recordApplied(applied: AppliedRevision, audit: AuditEntry): Promise<void>;
  readApplied(target: string, limit: number): Promise<readonly AppliedRevision[]>;

  addAudit(entry: AuditEntry): Promise<void>;
  /** Newest first; `target` null: of all; `action`: of that one alone, so that entries of others push none out. */
  readAudit(target: string | null, limit: number, action?: string): Promise<readonly AuditEntry[]>;
  /** When the target was last pinned, or its pin ended, as far as the audit goes back; requests of passes push none out. Null: never. */
  readPinnedAt(target: string): Promise<string | null>;

  /** They may be of another place than the target is configured with now: `findSightings` knows. */
  readSightings(target: string): Promise<readonly Sighting[]>;
  /** In place of all that the target had. */
  writeSightings(target: string, sightings: readonly Sighting[]): Promise<void>;

  /** One read for any session. */
  readSession(token: string, id: string): Promise<SessionState>;
  /** Ends one session; idempotent. `expiresAt`: when it would expire by itself, after which it is no longer needed. */
  endSession(id: string, expiresAt: string): Promise<void>;
  /** Ends all sessions of a token that are open now. */
  endSessions(token: string, audit: AuditEntry): Promise<void>;

  /**
   * Removes what is older than `before`, and of each target's passes all but the newest `passes`; never what is open, nor what was written after
   * something that is not older. Of the change log what is older than `changesBefore`. Default: as `before`. Gives how many rows of which table.
   */
  prune(before: string, passes: number, changesBefore?: string): Promise<Readonly<Record<string, number>>>;
  /** Whether something on record is of a time from `from` on and before `until`. */
  isDated(from: string, until: string): Promise<boolean>;
  /** Removes all but the audit and messages of targets that are not configured and that no pass has looked at since `before`; gives their names. */
  forgetTargets(configured: readonly string[], before: string): Promise<readonly string[]>;
}
