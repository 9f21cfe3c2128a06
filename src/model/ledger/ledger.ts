import type { AttributesKind, Kind, NamedKind } from "../../kinds/registry.ts";
import type { Address } from "../address.ts";
import type { JsonObject } from "../json/json.ts";
import type { AttributesRow } from "../objects/attributes.ts";
import type { Lifecycle } from "../objects/desired.ts";
import type { SettingValues } from "../objects/settings.ts";
import type { ShownFailure } from "../plan/plan.ts";
import type { Op, Phase } from "../plan/step.ts";
import type { OwnNames } from "../secrets/sealing.ts";
import type { ChangeResult, IntendedChange } from "./change-log.ts";
import type { Refusal, RefusedChange } from "./refusal.ts";

/** An object that poolkeeper has applied and therefore may prune, replace, move and delete. One per address. */
export interface OwnedObject {
  readonly address: Address;
  readonly kind: Kind;
  /** Logical name: the manifest's own. */
  readonly name: string;
  /** The name it has on the control plane. */
  readonly physical_name: string;
  /** Earlier physical names of this address, newest first; empty when there were none. */
  readonly previous_names: readonly string[];
  /**
   * Queues alone: names of earlier registrations that stay permanently, as the control plane can't delete them; left out: none are known.
   */
  readonly left_names?: readonly string[];
  /** What the manifest said of its end when it was applied last; outlives the manifest. */
  readonly lifecycle: Pick<Lifecycle, "prevent_destroy" | "on_remove">;
  /** The desired object as it was applied last, a value that survives JSON; null: origin unknown. */
  readonly applied: object | null;
  /**
   * The manifest as it was applied last, as the planner wrote it down: what it asks for and what it manages. A later difference that it
   * would not act on is the commit's. Null: not known, as of what an earlier release has recorded.
   */
  readonly manifest: JsonObject | null;
  /** The revision that adopted it, until that was applied in full; null: owned before the current revision. */
  readonly revision: string | null;
  /** When it was recorded, ISO 8601 in UTC. */
  readonly updated_at: string;
  /** It comes out of a restored backup, and no run has recorded it since: what has its name may be another writer's by now. */
  readonly unconfirmed?: true;
}

/** An owned object whose manifest has another name now. */
export interface OwnershipMove {
  readonly from: Address;
  /** The record under its new address. */
  readonly object: OwnedObject;
}

/** What apply writes down before it sends a write. */
export interface JournalEntry {
  /** One apply: the same for all its entries. */
  readonly run_id: string;
  /** The plan's step. */
  readonly step_id: string;
  readonly address: Address;
  readonly physical_name: string;
  /** The operation of the step, as the plan names it. */
  readonly op: string;
  /** The step's phase. */
  readonly phase: Phase | null;
  /**
   * The live object that a delete removes, so that it can be made again by hand, or that a queue was before it released a
   * cluster; the names of what a registration is to replace; null for any other step.
   */
  readonly body: object | null;
  /** What it makes of a pool, a cluster or a queue; null: an object of another kind, or a write of an earlier release. */
  readonly wrote: Wrote | null;
  /** When it was intended, ISO 8601 in UTC. */
  readonly at: string;
}

/** A journal entry of a refused write. */
export interface RefusedEntry extends Omit<JournalEntry, "body" | "wrote" | "phase"> {
  readonly body: RefusedChange;
  /** The control plane's words. */
  readonly message: string;
}

/** The object that a write is sent to, and the fields that it sets, by their names in plans. */
export interface Wrote {
  readonly kind: NamedKind;
  readonly set: JsonObject;
  /** A drain that no manifest wants: it is a stage of its change. Left out: it is none, or a write of an earlier release. */
  readonly on_the_way?: true;
}

/** A write for the sake of a change that is not on record as applied yet. */
export interface OwnWrite extends Wrote {
  /** The change that it is for. */
  readonly address: Address;
  readonly physical_name: string;
  readonly op: Op;
  /** The phase of its step. */
  readonly phase: Phase | null;
  /** Whether it is known to have taken effect; else it may have, or may never have arrived. */
  readonly has_arrived: boolean;
}

/** A run that has written for a change, or may have, which is not on record as applied yet. */
export interface BegunWrite {
  readonly run_id: string;
  readonly address: Address;
}

/** What was allowed of losses by an override of the check `black-hole`. */
export interface AllowedLoss extends Pick<ShownFailure, "addresses" | "concerns"> {
  /** Where in the change log it was allowed; left out: by a write that has no answer yet. */
  readonly seq?: number;
}

/** A cluster that was taken out of a pool, as a part of a rollout that is not finished: this part may be done, and on record as applied. */
export interface TakenCluster {
  /** The change that took it away. */
  readonly address: Address;
  /** By its name in the control plane. */
  readonly cluster: string;
  /** The pool that it was in. */
  readonly from: string;
  /** The pool that it was moved to; null: it was deleted. */
  readonly to: string | null;
  /** Its place in the change log; left out: it has no answer yet. */
  readonly seq?: number;
  /** What of the losses by it was allowed when it left, by an override of the check `black-hole`; left out: nothing. */
  readonly allowed?: readonly AllowedLoss[];
}

/** That settings were made to name another queue, as a part of a rollout that is not finished. */
export interface TurnedSettings {
  /** Of their scope, as addresses have it. */
  readonly name: string;
  /** The queue that they named; null: none. */
  readonly from: string | null;
  readonly to: string | null;
  /** Its place in the change log; left out: it has no answer yet. */
  readonly seq?: number;
  /** What of the losses was allowed by that write, or by one after it; left out: nothing. */
  readonly allowed?: readonly AllowedLoss[];
}

/** A write to what routing depends on, as a part of a rollout that is not finished, as the change log has it. */
export interface RoutingWrite {
  readonly kind: "cluster" | "queue" | "settings" | AttributesKind;
  /** By its name in the control plane; of settings that of their scope, as addresses have it. */
  readonly name: string;
  readonly op: Op;
  /** The commit that it was written for. */
  readonly revision: string;
  /** The rollout of that commit is under way: one of its runs is among those of {@link LedgerReader.readOwnWrites}. */
  readonly unfinished?: true;
  /** What it wrote, as it was before; null: the object was not there, or it is not known. */
  readonly before: RoutingFields | null;
  /** What it wrote; null: the object was deleted. */
  readonly after: RoutingFields | null;
}

/** Fields that decide where work goes. */
export interface RoutingFields {
  readonly pool?: string;
  readonly state?: string;
  readonly clusters?: readonly string[];
  /** The queue that settings name; null: none. */
  readonly queue?: string | null;
  /** What a row of flyteadmin says. */
  readonly value?: string;
}

/** A control plane by its canonical URL, and the org there. */
export interface ControlPlaneName {
  readonly org: string;
  readonly endpoint: string;
}

/** An object that was released and stays as it is, as it was applied last: what was sealed of it stays sensitive. */
export type ReleasedObject = Pick<OwnedObject, "address" | "applied">;

/** A pool, a cluster or a queue that was deleted and not written since. */
export interface DeletedObject extends Pick<OwnedObject, "address" | "physical_name"> {
  readonly kind: NamedKind;
  /** When it was deleted, ISO 8601 in UTC. */
  readonly at: string;
}

/** What was written to, and for the sake of which change. */
export type WrittenEntry = Pick<JournalEntry, "phase" | "address" | "physical_name">;

/**
 * How a write ended. `unknown`: the connection was cut after the request, and a read has to settle it. `in_place`: it was refused, but what it
 * was to make is there, by another writer: it counts as arrived, and the change log has nothing of it.
 */
export type Outcome = "confirmed" | "in_place" | "failed" | "unknown";

/** What is read back of a body. Each field is left out where the write has nothing of it, and in what an older release wrote. */
export interface JournalBody {
  /** Of a registration: the names of those that it replaces, the life cycle that its manifest sets, and its pool. */
  readonly previous_names?: readonly string[];
  readonly lifecycle?: OwnedObject["lifecycle"];
  readonly pool?: string | null;
  /** Where a delivery puts files. */
  readonly files?: readonly string[];
  /** What a write of settings makes of the keys that it sets. */
  readonly settings?: SettingValues;
  /** Of a delete of a row: its fields as the plan saw them; null: it saw none. */
  readonly before?: JsonObject | null;
  /** Rows that a delete takes along and that are to be written back. */
  readonly displaced?: readonly AttributesRow[];
  /** Of a queue that releases a cluster: what it was. */
  readonly spec?: { readonly clusters: readonly string[] };
  /** A write-out that was reported for long enough. */
  readonly is_told?: true;
}

/** A journal entry whose write was not settled: the process stopped before, or the outcome is unknown. */
export interface OpenIntent extends JournalEntry {
  readonly body: JournalBody | null;
  /** What {@link Ledger.recordIntent} returned. */
  readonly id: string;
  /**
   * `intent`: probably never sent; `sent` and `unknown`: may have taken effect. `restored`: it was open in a backup that was restored, and
   * says nothing about the current state.
   */
  readonly status: "intent" | "sent" | "unknown" | "restored";
}

/** A write without an answer that may still arrive, though its sender is gone. */
export interface UnderWay {
  readonly intent: OpenIntent;
  /** When it has arrived or never will, by the store's clock: ISO 8601 in UTC. */
  readonly over_at: string;
  /** In how long it has arrived or never will, in milliseconds: more than 0. */
  readonly overInMs: number;
}

/** A sent write whose outcome is not known and that the change log does not have. */
export interface UnloggedWrite {
  readonly intent: OpenIntent;
  /** What it was to make of its object, as the change log is to show it; null: to delete it. */
  readonly after: JsonObject | null;
  /** The commit that it was for; null: none. */
  readonly revision: string | null;
}

/** An object that was applied, or begun, at another place than the target has now. */
export interface ObjectElsewhere {
  readonly address: Address;
  /** That flyteadmin, place of delivery or control plane. */
  readonly place: string;
  /** The organization at that control plane; left out: it is none. */
  readonly org?: string;
  /** When a run last wrote there what was not finished, ISO 8601 in UTC; left out: nothing is half-way. */
  readonly half_way?: string;
}

/** By address, when its last write was journaled (ISO 8601, UTC). An address that was never written is left out. */
export type LastWrites = Readonly<Record<string, string>>;

/**
 * What cannot be read back from a control plane: who owns an object, and what was about to be written. A ledger is
 * opened for one target (org and canonical endpoint, its flyteadmin and its place of delivery) and neither sees nor changes another target's
 * entries, or those of another flyteadmin or place of delivery. It throws an OperationalError when the store is not
 * reachable or refuses.
 */
export interface LedgerReader {
  /** All owned objects of the target, sorted by address. */
  readOwned(): Promise<readonly OwnedObject[]>;
  /**
   * What was released and may hold sensitive values: settings and Flyte's files. What stands at a place that the target had before is released as
   * well, until it is owned here. `former`: the control planes that it had, which may be this one by another address. Default: none are known.
   */
  readReleased(former?: readonly ControlPlaneName[]): Promise<readonly ReleasedObject[]>;
  /**
   * What manifests that were applied here, or at control planes (`former`) of before, called sensitive, kept permanently. Default: none are
   * known.
   */
  readSensitive(former?: readonly ControlPlaneName[]): Promise<OwnNames>;
  /**
   * What is left at places that the target had before, in no order; at control planes (`former`) of before, what is half-way. Default: none are
   * known.
   */
  readElsewhere(former?: readonly ControlPlaneName[]): Promise<readonly ObjectElsewhere[]>;
  /** What a run has sent, or may have sent, and was not refused. */
  readWritten(run_id: string): Promise<readonly WrittenEntry[]>;
  /** When each address was written last, or may have been, as journaled: only to be compared with what another look gave. */
  readLastWrites(): Promise<LastWrites>;
  /** What was deleted last, as the change log says, and is not on record as owned or released since; in no order. */
  readDeleted(): Promise<readonly DeletedObject[]>;
  /** What was written, or may have been, for changes that are not on record as applied yet: oldest first. */
  readOwnWrites(): Promise<readonly OwnWrite[]>;
  /**
   * Clusters that a daemon moved or deleted since the last time that nothing was left to do of its target's revision; and in the runs of
   * {@link readOwnWrites}, or for their commits since the first of these, as parts of the same rollouts, or may have been. Not those of which any loss was
   * allowed. Oldest first, as the change log says; empty where it has nothing of that.
   */
  readTaken(): Promise<readonly TakenCluster[]>;
  /**
   * Settings that a daemon made to name another queue since the last time that nothing was left to do of its target's revision, and that the runs of
   * {@link readOwnWrites} did, or may have. Not those before a write under an override that allows any loss. Oldest first.
   */
  readTurned(): Promise<readonly TurnedSettings[]>;
  /**
   * What a daemon wrote for commits to clusters, queues, settings and rows, or may have, since the last time that nothing was left to do of its target's
   * revision. Oldest first.
   */
  readRoutingWrites(): Promise<readonly RoutingWrite[]>;
  /** Entries that were not settled, oldest first: what an interrupted run left. */
  readOpenIntents(): Promise<readonly OpenIntent[]>;
  /** Those of {@link readOpenIntents} that were sent so short a time ago that they may still be on their way. */
  readUnderWay(): Promise<readonly UnderWay[]>;
  /** Those of {@link readOpenIntents} that were sent, or may have been, and are not in the change log yet. */
  readUnlogged(): Promise<readonly UnloggedWrite[]>;
  /** What was refused permanently and may still be wanted, oldest first. */
  readRefusals(): Promise<readonly Refusal[]>;
  /** Closes files and connections; the ledger can't be used any more. */
  close(): Promise<void>;
}

/**
 * A ledger as the holder of the lease writes it. Only apply does. Each call is durable when its promise resolves; it throws an
 * OperationalError `lease_lost`, and nothing is changed, where the lease was released or has another holder: a successor's records are
 * never changed.
 */
export interface Ledger extends LedgerReader {
  /** Records an object as owned, in place of what its address and the addresses `ended` had. Default: it ends no other record. */
  recordOwned(object: OwnedObject, ended?: readonly Address[]): Promise<void>;
  /** Records many objects as owned, at most one for each address, as {@link Ledger.recordOwned} does: all of them or, where it throws, none. */
  recordAllOwned(objects: readonly OwnedObject[]): Promise<void>;
  /**
   * Moves records to other addresses, with what is journaled under the former ones and is not over: all of them in one transaction, so that
   * names may be exchanged.
   */
  moveOwned(moves: readonly OwnershipMove[]): Promise<void>;
  /** From now on what these revisions have taken in counts as owned from before. */
  settleOwned(revisions: readonly string[]): Promise<void>;
  /** Ends ownership of an address whose object is gone, or of another address now; no error when it is not owned. */
  forgetOwned(address: Address): Promise<void>;
  /** Ends ownership of an address whose object stays: {@link LedgerReader.readReleased} has it until it is owned or gone. No error when it is not owned. */
  releaseOwned(address: Address): Promise<void>;

  /** Journals that a write is about to be sent and returns the entry's id. `change`: what the change log is to say of it. Default: nothing. */
  recordIntent(entry: JournalEntry, change?: IntendedChange | null): Promise<string>;
  /** Journals that the write of an entry leaves now, for the first time or again, and for how long it may be on its way, in milliseconds. */
  recordSent(id: string, writeMs: number): Promise<void>;
  /**
   * Journals how a write ended; `unknown` leaves the entry open until it is recorded again. No secret in `message`. In the same transaction
   * a write that was confirmed enters the change log, and of one that failed nothing does.
   */
  recordOutcome(id: string, outcome: Outcome, message?: string): Promise<void>;
  /** Enters a write whose entry stays open into the change log. Idempotent: a write enters it once. What is `confirmed` or `found` is on its way no more. */
  recordChange(id: string, result: ChangeResult): Promise<void>;
  /** Replaces what an open entry keeps: of what it has kept, some is settled. */
  replaceBody(id: string, body: object): Promise<void>;
  /** Closes an entry that nothing depends on any more; what it wrote does not enter the change log by that. */
  closeIntent(id: string, message?: string): Promise<void>;
  /** From now on what was written for an address counts as applied, or as undone. */
  settleOwnWrites(address: Address): Promise<void>;

  /**
   * Records that a write was refused permanently, and what is to be put back into service for it; gives the entry's id. What
   * `replaceBody` gives it is another {@link RefusedChange}.
   */
  recordRefusal(entry: RefusedEntry): Promise<string>;
  /** Ends a refusal: the change was applied since, or the manifests changed. */
  endRefusal(id: string): Promise<void>;
}
