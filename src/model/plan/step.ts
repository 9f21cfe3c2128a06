import { type AttributesKind, isAttributesKind, type Kind } from "../../kinds/registry.ts";
import type { Address } from "../address.ts";
import type { JsonObject } from "../json/json.ts";
import type { RowFields, RowKey } from "../objects/attributes.ts";
import type { QueuePatch } from "../objects/limit-maps.ts";
import type { LifecycleState } from "../objects/live.ts";
import type { SettingsPatch } from "../objects/settings-patch.ts";
import type { PoolConfig, PoolPatch, QueueFields } from "../objects/spec.ts";

/** What a step does; waiting is one of them. */
export const OPS = ["create", "undelete", "update", "move", "drain", "activate", "delete", "await"] as const;
export type Op = (typeof OPS)[number];

/** What an `await` waits for. `deleted`: a deletion under way elsewhere has ended. */
export type Until = "drained" | "idle" | "registered" | "healthy" | "deleted";

/**
 * What distinguishes two steps of one op on one object. `write-out`: a `*` queue names its other members temporarily; `restore`: it is set back to
 * `*`; `release`: a queue is reduced to the clusters that stay; `park`: it is set to `*` while it is out of service; `let-go`: its new selector
 * lacks a cluster that is to be deleted; `take-back`: what was drained for a change that was refused, or that
 * was interrupted and is not wanted any more, is put back into service; `put-back`: a row
 * that an interrupted delete took along comes back.
 */
export const PHASES = ["write-out", "restore", "release", "park", "let-go", "take-back", "put-back"] as const;
export type Phase = (typeof PHASES)[number];

/** What a step sends to the system that it calls, by the kind of its object and its op; null: nothing beside the op. */
export type Payloads = {
  readonly cluster_pool: {
    readonly create: { readonly config: PoolConfig };
    readonly update: { readonly config: PoolPatch };
    readonly undelete: null;
    readonly delete: null;
  };
  readonly cluster: {
    readonly create: ClusterHome;
    readonly move: ClusterHome;
    readonly undelete: null;
    readonly drain: null;
    readonly activate: null;
    readonly delete: null;
    readonly await: null;
  };
  readonly queue: {
    readonly create: NewQueue;
    readonly update: QueuePatch;
    readonly undelete: null;
    readonly drain: null;
    readonly activate: null;
    readonly delete: null;
    readonly await: null;
  };
  readonly settings: Every<"create" | "update" | "delete", SettingsPatch>;
  readonly cluster_pool_map: Every<"create" | "update", ClusterHomes>;
  readonly flyte_clusters: Every<"create" | "update" | "delete", FilesPatch>;
} & { readonly [K in AttributesKind]: RowPayloads<K> };

type Every<Ops extends Op, Payload> = { readonly [O in Ops]: Payload };

/** What is sent of a row: the field of its kind. */
type RowPayloads<K extends AttributesKind> = Every<"create" | "update", RowFields<K>> & {
  readonly delete: RowsBelow | null;
};

/** The pool that a cluster is registered in, or moved to, by its name in the control plane. */
export type ClusterHome = { readonly pool: string };

/** A queue that is not there yet: what the generation does not know is left out. */
export type NewQueue = QueueFields & { readonly state: "active" | "drained" };

/** Where clusters are registered, by their names. */
export type ClusterHomes = { readonly cluster_to_pool: Readonly<Record<string, string>> };

/** Files by their paths: those that are written, and those that are removed. */
export type FilesPatch = {
  readonly files: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
};

/** What the delete of a wide row takes along: the scopes of rows that are written back, and rows that can't be. */
export type RowsBelow = { readonly put_back?: readonly string[]; readonly loses?: readonly RowKey[] };

/** One call to a system of the target, or one wait. Independent steps run side by side. */
export type Step = StepOf<Kind>;

/** A step on an object of one of the kinds `K`: `kind` and `op` decide what it sets. */
export type StepOf<K extends Kind> = {
  [Of in K]: { [Does in keyof Payloads[Of] & Op]: StepHead & StepTail<Of, Does> }[keyof Payloads[Of] & Op];
}[K];

/** The part of a step that depends on its kind and op. */
interface StepTail<Of extends Kind, Does extends keyof Payloads[Of] & Op> {
  /** The kind and name of the object it acts on: a cluster's change may have to act on queues. */
  readonly kind: Of;
  readonly op: Does;
  /** Merged onto a fresh read when it is written. */
  readonly set: Payloads[Of][Does];
  readonly until: Does extends "await" ? Until : null;
}

/** The part of a step on an object of the kinds `K` that says what it does: `set` may be left out where the op says all. */
export type Doing<K extends Kind = Kind> = DoingOf<StepOf<K>>;

type DoingOf<S> = S extends Step
  ? Pick<S, "kind" | "op"> &
      (null extends S["set"] ? { readonly set?: S["set"] } : Pick<S, "set">) &
      (S["until"] extends null ? unknown : Pick<S, "until">)
  : never;

/** What every step has. */
interface StepHead {
  /** Derived from address, op, object and phase; unique in the plan. Nothing is read from it. */
  readonly id: string;
  /** The change it belongs to. */
  readonly address: Address;
  readonly physical_name: string;
  /** What distinguishes it from another step of its op on the same object; null: nothing has to. */
  readonly phase: Phase | null;
  /** Ids of the steps that must have been applied before; transitively reduced. */
  readonly after: readonly string[];
  /** The object's own limit for this wait in milliseconds; null: only the caller's. */
  readonly timeout_ms: number | null;
  /** Of what it takes out of service, away, or elsewhere: in which state that is. Left out: the server counts no changes of states. */
  readonly seen?: Seen;
}

/** A state of an object, distinguished from the same one at another time. */
export interface Seen {
  readonly state: LifecycleState;
  /** As `LiveCluster.generation` and `LiveQueue.generation`: it grows with each change of the state, by any writer. */
  readonly generation: string;
}

/** What a step sets, field by field, for what is said of every kind; none where its op says all. */
export function fieldsSet({ set }: Pick<Step, "set">): JsonObject {
  return set ?? {};
}

/** Whether a step is on a row of flyteadmin. */
export function isRow<S extends Pick<Step, "kind">>(step: S): step is Extract<S, { readonly kind: AttributesKind }> {
  return isAttributesKind(step.kind);
}

/** What a delete of a wide row takes along; null: the step is no such delete. */
export function rowsBelow(step: Doing): RowsBelow | null {
  return isRow(step) && step.op === "delete" ? (step.set ?? null) : null;
}
