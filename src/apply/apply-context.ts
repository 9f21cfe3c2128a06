import type { Address } from "../model/address.ts";
import type { JsonObject } from "../model/json/json.ts";
import type { Cause } from "../model/ledger/change-log.ts";
import type { Ledger } from "../model/ledger/ledger.ts";
import type { AttributesRow } from "../model/objects/attributes.ts";
import type { ApplyEvent } from "../model/plan/apply-report.ts";
import type { Change, OwnershipClaim, Plan } from "../model/plan/plan.ts";
import type { Step } from "../model/plan/step.ts";
import type { ControlPlaneReader, SettingsReader } from "../systems/control-plane/reader.ts";
import type { ControlPlaneWriter, SettingsWriter } from "../systems/control-plane/writer.ts";
import type { Delivered, Delivery, Sink } from "../systems/delivery/sink.ts";
import type { FlyteadminReader } from "../systems/flyteadmin/flyteadmin-reader.ts";
import type { FlyteadminWriter } from "../systems/flyteadmin/flyteadmin-writer.ts";
import type { Clock } from "./clock.ts";
import type { Written } from "./draft-log-entry.ts";
import type { StayingMembers } from "./find-staying-members.ts";

/** The systems that are written to. */
export interface TargetTools {
  readonly reader: ControlPlaneReader & SettingsReader;
  readonly writer: ControlPlaneWriter & SettingsWriter;
  /** Null where none was named: no plan has a step for it then. The same holds for `delivery`. */
  readonly flyteadmin: { readonly reader: FlyteadminReader; readonly writer: FlyteadminWriter } | null;
  readonly delivery: DeliveryTools | null;
}

/** Where files are delivered, with the fencing number that it was opened with. */
export interface DeliveryTools extends Omit<Sink, "deliver"> {
  deliver(delivery: Delivery): Promise<Delivered>;
}

/** The dependencies of apply: the systems, the ledger and the clock. */
export interface ApplyTools extends TargetTools {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** The same systems for one write: `leaves` is awaited before each request for it, when that is ready to leave. Left out: nothing calls it. */
  readonly toolsFor?: (leaves: () => Promise<void>) => TargetTools;
}

/** What a write depends on besides its step. */
export interface StepFacts {
  /** A delete is sent only on a read that shows the object out of service. */
  readonly drained: boolean;
  /** Rows that a delete takes along, as they were journaled before it. */
  readonly displaced: readonly AttributesRow[];
  /** Rows that it removes permanently, as the plan was allowed to. */
  readonly lost: readonly AttributesRow[];
  /** Whether an earlier try of the write may have been made. */
  readonly may_be_made: boolean;
  /** The object's fields as the plan saw them. */
  readonly before: JsonObject | null;
  /** The pool in which the plan saw the cluster or queue that the step is about; null: it is about something else. */
  readonly pool: string | null;
  /** The selector of a queue that the write replaces with another: as this run wrote it, or else as the plan saw it. Null: none is known. */
  readonly seen: readonly string[] | null;
}

/** Limits and hooks of one run; none of them changes what is written. */
export interface ApplyOptions {
  /** How long each wait for work may take, in milliseconds; 0 looks once. */
  readonly wait_ms: number;
  /** Most concurrent writes, at least 1. */
  readonly parallelism: number;
  /** The timeout of one call in milliseconds: how long a write may be in flight once it was sent. */
  readonly write_ms: number;
  /** Once aborted, no further step starts; calls in flight are finished. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ApplyEvent) => void;
  /** Names this run in the journal. */
  readonly run_id: string;
  /** The cause of its writes, for the change log; null: they are not logged. */
  readonly cause: Cause | null;
  /** Claims whose `prevent_destroy` counts from the start, as that of the plan's own: of what it leaves to a later plan. Default: none. */
  readonly guards?: readonly OwnershipClaim[];
  /** Called before former names of an object are removed from its record; if it throws, they stay. */
  readonly beforeNamesEnd?: () => Promise<void>;
}

/** A step that sets the specification of a queue. */
export type QueueWrite = Extract<Step, { readonly kind: "queue"; readonly op: "create" | "update" }>;

/** One run. */
export interface ApplyContext extends ApplyTools, ApplyOptions {
  readonly plan: Plan;
  readonly stepOf: ReadonlyMap<string, Step>;
  readonly claimOf: ReadonlyMap<Address, OwnershipClaim>;
  /** The change that a step is for. */
  readonly changeOf: (step: Pick<Step, "address" | "phase">) => Change | undefined;
  /** The steps that set a queue's selector, by the queue's name, in the plan's order. */
  readonly selectorsOf: ReadonlyMap<string, readonly QueueWrite[]>;
  readonly written: Written;
  /** Who stays in pools that clusters leave, as read before the first write. */
  readonly staying: Promise<StayingMembers>;
}
