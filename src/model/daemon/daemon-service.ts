import type { Address } from "../address.ts";
import type { Blame } from "../ledger/blame.ts";
import type { ChangeEntry, RunWrites } from "../ledger/change-log.ts";
import type { Approval } from "../passes/approval.ts";
import type { AuditEntry } from "../passes/audit-entry.ts";
import type { ApprovalMark } from "../passes/decision.ts";
import type { NextStep } from "../passes/next-step.ts";
import type { OtherWrite } from "../passes/other-write.ts";
import type { KeptPlan, PassRecord, PassStep } from "../passes/pass.ts";
import type { Prospect } from "../plan/foresight.ts";
import type { Plan } from "../plan/plan.ts";
import type { CommentChange } from "../reviews/comment-change.ts";
import type { RequestsTrouble } from "../reviews/request-records.ts";
import type { Review } from "../reviews/review.ts";
import type { ReviewRecord } from "../reviews/review-record.ts";
import type { Role } from "./daemon-config.ts";
import type { AppliedRevision, GivenPause, LeftObject, Pause, SessionState, TargetState } from "./daemon-records.ts";
import type { Destination } from "./destination.ts";

/** Who asks, as their token or forge has them. */
export interface Actor {
  readonly name: string;
  readonly role: Role;
  /** `cli`, `api`, `page`, or a forge. */
  readonly via: string;
}

/** Who looks, by their token. */
export type Reader = Pick<Actor, "name" | "role">;

/** One target at a glance. */
export interface TargetOverview extends Omit<TargetState, "excess" | "place" | "former"> {
  /** Where its manifests and its control plane are, without secrets. */
  readonly source: string;
  readonly control_plane: string;
  readonly org: string;
  /** What operators should correct in its configuration, in sentences; shown to operators only. */
  readonly warnings: readonly string[];
  readonly left_behind: readonly LeftObject[];
  readonly other_writes: readonly OtherWrite[];
  /** Why its pull requests can't be read; null: they can, or it is not enabled. */
  readonly requests_trouble: RequestsTrouble | null;
  readonly pauses: readonly Pause[];
  /** Approvals that count now: their rollout has begun, or may begin still. */
  readonly approvals: readonly Approval[];
  /** The pass that runs now on this replica or, as far as the store shows, on another one. */
  readonly running: RunningPass | null;
}

/** Outside systems that a pass waits for. */
export interface WaitsFor {
  /** Where they are, without secrets. */
  readonly systems: readonly string[];
  /** ISO 8601 in UTC, by the store's clock. */
  readonly since: string;
  /** For how long one that does not answer is waited for, in milliseconds; null: without a limit. */
  readonly timeout_ms: number | null;
}

/** Progress of the pass that runs. */
export interface RunningPass {
  readonly id: string;
  readonly started_at: string;
  readonly step: PassStep;
  /** What its step reads from; left out: nothing outside, or an older release runs it. */
  readonly waits_for?: WaitsFor;
  /** Of the apply, lines as the command line shows them, newest last. */
  readonly progress: readonly string[];
}

/** Everything of one target. */
export interface TargetDetail extends TargetOverview {
  readonly plan: KeptPlan | null;
  readonly passes: readonly PassRecord[];
  readonly applied: readonly AppliedRevision[];
  readonly audit: readonly AuditEntry[];
}

/** One pull request at a glance, for one target. */
export interface RequestOverview
  extends Pick<
    ReviewRecord,
    | "target"
    | "number"
    | "url"
    | "author"
    | "head"
    | "verdict"
    | "digest"
    | "needs_approval"
    | "outcome"
    | "statuses"
    | "updated_at"
  > {
  /** Who approved its current plan, on the request; null: no one. */
  readonly approved_by: string | null;
}

/** A pull request with what was said of it last, the whole plan with it. The review may be of an older head than the record. */
export interface RequestDetail {
  readonly record: RequestOverview;
  readonly review: Review;
}

/** Which entries of the change log are asked for: what the target wrote, and commands to its control plane. */
export interface ChangesAsked {
  /** Null: of all objects. */
  readonly address: Address | null;
  /** Only what was written to this flyteadmin or place of delivery; null: to any, and to the control plane. */
  readonly place: string | null;
  /** Those with a greater number, the oldest first; null: the newest first. */
  readonly since: number | null;
  /** At most so many; fewer where their values are long. */
  readonly limit: number;
}

/** A part of a target's change log. */
export interface ChangesPage {
  readonly entries: readonly ChangeEntry[];
  /** Whether there are others: with `since` newer ones, else older ones. */
  readonly more: boolean;
}

/** Events as they happen, sent to pages and clients that listen. */
export type DaemonEvent =
  | {
      readonly type: "state";
      readonly target: string;
      readonly state: Omit<TargetState, "excess" | "place" | "former">;
    }
  | { readonly type: "pass"; readonly target: string; readonly running: RunningPass | null }
  /** Its pull requests can't be looked at any more, or can again. */
  | { readonly type: "requests"; readonly target: string; readonly trouble: boolean };

/** What came of something that was asked for. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  /** `code` is stable: `not_found`, `ambiguous`, `stale`, `conflict`, `not_allowed`, `invalid`, `needs_override`, `nothing_to_approve`, `nothing_to_override`, `nothing_to_reject`, `not_looked_at`. `message` says what to do. */
  | { readonly ok: false; readonly code: string; readonly message: string };

/** A plan as it was reviewed on a request, and the revision whose manifests are those that it was made of. */
export interface ReviewedPlan {
  readonly plan: Plan;
  readonly revision: string;
  /** As of a `KeptPlan`. */
  readonly sealed_by?: string;
}

/** A request for a pass that is on record. */
export interface GivenRequest {
  readonly id: string;
  /** When it was on record, by the store's clock: a pass that began then or later knew it. */
  readonly at: string;
}

/**
 * How a delivery of a webhook was taken. `repeated`: it was taken before. `limited`: what it reports is not on record, as its account has used up
 * what it may have reported in a minute; one in so many `seconds` is taken again.
 */
export type TakenDelivery =
  | { readonly kind: "new" | "repeated" }
  | { readonly kind: "limited"; readonly seconds: number };

/**
 * What the daemon offers to the API, the web pages and commands in comments. Reads never wait for a pass. The caller has checked the
 * actor's role; that the actor is among a target's approvers is checked here.
 */
export interface DaemonService {
  readonly version: string;
  overview(): Promise<readonly TargetOverview[]>;
  target(name: string): Promise<TargetDetail | null>;
  /** `target`: where several targets have a plan of this very effect. */
  plan(digest: string, target?: string | undefined): Promise<Answer<KeptPlan>>;
  passes(target: string, limit: number): Promise<readonly PassRecord[]>;
  pass(id: string): Promise<PassRecord | null>;
  /** With what passes and commands wrote under each decision (action `write`), by time. */
  audit(target: string | null, limit: number): Promise<readonly AuditEntry[]>;
  /** Passes and commands that wrote, by decision, those that wrote last first; null: there is no such target. */
  runs(target: string, limit: number): Promise<readonly RunWrites[] | null>;
  /** Where each field of an object comes from, and where the last look found another value. */
  blame(target: string, address: Address): Promise<Answer<Blame>>;
  /** Null: there is no such target. */
  changes(target: string, asked: ChangesAsked): Promise<readonly ChangeEntry[] | null>;
  /** Pull requests of a target about which something is still to be said, by number. */
  requests(target: string): Promise<readonly RequestOverview[]>;
  /** Also one that has ended, as long as it is kept; null: it is not known, or was not looked at yet. */
  request(target: string, number: number): Promise<RequestDetail | null>;
  /** A picture of the target's routing as SVG, with the changes of its latest plan; null where nothing is known yet. */
  picture(target: string): Promise<string | null>;

  /** What a user may decide about a plan now, and the effect of their approval. `reader` null: one without a token. */
  foresee(digest: string, target: string | undefined, reader: Reader | null): Promise<Answer<Prospect>>;
  /** What the reader can do next about each target, by name; where they can do nothing, why. */
  next(reader: Reader | null): Promise<readonly NextStep[]>;
  /** Refuses what would let nothing run (`needs_override`, `nothing_to_approve`), and an override that would interrupt nothing (`nothing_to_override`). */
  approve(
    digest: string,
    options: {
      readonly overrides: readonly string[];
      readonly target?: string | undefined;
      /** Where no pass made the plan: the target's newest plan has to be that, or what is left of it. */
      readonly reviewed?: ReviewedPlan | undefined;
      /** When it was given, from which on it holds; left out: now. */
      readonly since?: string | undefined;
      /** The newest rejection that who approves was shown, by its number (`Prospect.decided`); left out: that is not known, so that they knew of none. */
      readonly decided?: number | undefined;
      /** What it takes back; left out: it is given now, and takes back every rejection that stands against the plan. */
      readonly mark?: ApprovalMark | undefined;
    },
    actor: Actor,
  ): Promise<Answer<Approval>>;
  /** Stops what waits for an approval or runs under one, also where the digest is that of an earlier plan of the target. */
  reject(
    digest: string,
    options: { readonly reason: string; readonly target?: string | undefined },
    actor: Actor,
  ): Promise<Answer<Approval>>;
  pause(
    target: string,
    options: { readonly address: Address | null; readonly reason: string; readonly until: string | null },
    actor: Actor,
  ): Promise<Answer<GivenPause>>;
  resume(target: string, options: { readonly address: Address | null }, actor: Actor): Promise<Answer<number>>;
  /** Answers once the request is on record; the pass follows. */
  reconcile(target: string, destination: Destination, actor: Actor): Promise<Answer<GivenRequest>>;

  /** A webhook whose signature was right. Answers once what it reports is on record; one that decides nothing is not kept. */
  pushed(target: string, delivery: string, change?: CommentChange | null): Promise<TakenDelivery>;
  /** The target's webhook, as configured: forge and secret; null where it has none. */
  webhookOf(target: string): { readonly forge: "github" | "gitlab" | "gitea"; readonly secret: string } | null;

  /** What ended a session of the page before its time, on any replica. One indexed read. */
  sessionState(token: string, id: string): Promise<SessionState>;
  /** Ends one session on every replica; it would be over by itself at `expiresAt`. */
  endSession(id: string, expiresAt: string): Promise<void>;
  /** Ends all sessions that the actor's token has opened, on every replica; in the audit. */
  endSessions(actor: Actor): Promise<void>;

  /** Calls back with everything that happens, until the signal. */
  subscribe(listen: (event: DaemonEvent) => void, signal: AbortSignal): void;
  /** Ready: the store answers. What a target is in does not count; `problems` also names those that were not looked at yet. */
  readiness(): Promise<{ readonly ready: boolean; readonly problems: readonly string[] }>;
}
