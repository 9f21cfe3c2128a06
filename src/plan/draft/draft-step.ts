import type { Kind } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { Change, Notice, OwnershipClaim } from "../../model/plan/plan.ts";
import type { Doing, Phase, Step } from "../../model/plan/step.ts";

/**
 * A fact that one step makes true and another relies on, for example `member:a@prod` (cluster a takes work in pool prod).
 * Facts that no step gives are true already. This is how order is defined: rules name facts, edges follow.
 */
export type Fact = string;

/** A step before its edges are known. */
export type StepDraft = DistributiveOmit<Step, "after"> & Drafted;

interface Drafted {
  /** Facts that must hold before it. */
  readonly needs: Fact[];
  /** Facts that are to hold before it, unless what makes them true waits for it. */
  readonly prefers: readonly Fact[];
  /** Facts that hold once it is applied. */
  readonly gives: Fact[];
  /** Ids of steps of the same change that come before it. */
  readonly follows: string[];
  /** Left out of the plan unless another step needs what it gives. */
  readonly optional: boolean;
}

/** What the planner collects while it goes through the kinds. */
export interface Draft {
  readonly changes: Change[];
  readonly steps: StepDraft[];
  readonly notices: Notice[];
  readonly claims: OwnershipClaim[];
  readonly releases: Address[];
  /** Records of objects that stay although no manifest names them. */
  readonly kept: OwnedObject[];
  /** Keys of live state that the plan depends on. */
  readonly reads: Set<string>;
  /** Whether objects that do not change are claimed too: without a store nothing of them is remembered. */
  readonly claimsUnchanged: boolean;
}

/** An empty draft. */
export function createDraft(ownership: "store" | "manifest"): Draft {
  const claimsUnchanged = ownership === "store";
  return { changes: [], steps: [], notices: [], claims: [], releases: [], kept: [], reads: new Set(), claimsUnchanged };
}

/** What makes a step: `set` may be left out where the op says all, and an await says until when. */
export type StepInput<K extends Kind = Kind> = Doing<K> & {
  readonly address: Address;
  readonly name: string;
} & StepOptions;

/** `Omit` for each member of a union by itself. */
export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a step may have beside. */
export interface StepOptions {
  readonly timeout_ms?: number | null;
  readonly needs?: readonly Fact[];
  readonly prefers?: readonly Fact[];
  readonly gives?: readonly Fact[];
  readonly follows?: readonly string[];
  readonly phase?: Phase;
  readonly optional?: boolean;
}

/**
 * Makes a step. Its id is `ADDRESS/OP`, followed by the object where that is not the address's own, by what an await
 * waits for, and by the phase.
 */
export function draftStep(input: StepInput): StepDraft {
  const own = `${input.kind}.${input.name}`;
  const until = "until" in input ? input.until : null;
  const parts = [input.address, input.op, own === input.address ? "" : own, until ?? "", input.phase ?? ""];
  const head = {
    id: parts.filter((part) => part !== "").join("/"),
    address: input.address,
    physical_name: input.name,
    phase: input.phase ?? null,
    timeout_ms: input.timeout_ms ?? null,
    needs: [...(input.needs ?? [])],
    prefers: input.prefers ?? [],
    gives: [...(input.gives ?? [])],
    follows: [...(input.follows ?? [])],
    optional: input.optional ?? false,
  };
  // The compiler loses that kind, op, set and until belong together, as they do in the input.
  return { ...head, kind: input.kind, op: input.op, set: input.set ?? null, until } as StepDraft;
}

/** The facts, in one place so that givers and needers cannot drift apart. */
export const fact = {
  /** The pool's record is there with its config. */
  pool: (pool: string): Fact => `pool:${pool}`,
  /** The pool is no longer on the bucket that it was on. */
  vacated: (pool: string): Fact => `vacated:${pool}`,
  /** The cluster is registered in the pool and may be named by its queues: also one that is drained, but only after its drain. */
  member: (cluster: string, pool: string): Fact => `member:${cluster}@${pool}`,
  /** No other queue names the cluster any more. */
  unpinned: (cluster: string): Fact => `unpinned:${cluster}`,
  /** Work that may be on the cluster has ended. */
  idle: (cluster: string): Fact => `idle:${cluster}`,
  /** The cluster is gone from its pool's record. */
  gone: (cluster: string): Fact => `gone:${cluster}`,
  /** A `*` queue of the pool that is to be drained has no work left that would need a cluster. */
  emptied: (pool: string): Fact => `emptied:${pool}`,
  /** One of those that referred to the pool (a cluster, a queue, the attributes of a scope) has left it. */
  left: (pool: string): Fact => `left:${pool}`,
  /** A row that changes, or goes, sends runs to the pool no more. */
  turnedAway: (pool: string): Fact => `turned-away:${pool}`,
  /** The clusters that a map registers in the pool are there. */
  mapped: (pool: string): Fact => `mapped:${pool}`,
  /** The cluster takes work in the pool where it is to stay. */
  serving: (cluster: string): Fact => `serving:${cluster}`,
  /** The queue is there and takes work. */
  queue: (queue: string): Fact => `queue:${queue}`,
  /** The queue reaches a cluster in service: of one that does before the plan, and throughout, it holds already. */
  served: (queue: string): Fact => `served:${queue}`,
  /** The settings of the scope name the queue that they are to name as default, or none: those that stay as they are do already. */
  named: (scope: string): Fact => `named:${scope}`,
  /** One of the settings that named the queue as default, or followed those that do, does so no more. */
  unreferred: (queue: string): Fact => `unreferred:${queue}`,
  /** The rows of a kind below a scope are as they stay: none of them goes with a wider row any more. */
  settled: (kind: Kind, scope: string): Fact => `settled:${kind}.${scope}`,
  /** The row that an earlier delete took along is back. */
  back: (kind: Kind, scope: string): Fact => `back:${kind}.${scope}`,
  /** The row is already gone by itself, so that it need not be put back. */
  removed: (kind: Kind, scope: string): Fact => `removed:${kind}.${scope}`,
  /** The label is in the files of Flyte's clusters. */
  label: (label: string): Fact => `label:${label}`,
  /** The row of the scope has the label no more. */
  unlabelled: (label: string, scope: string): Fact => `unlabelled:${label}@${scope}`,
  /** A registration was accepted, with which the server makes sure of queue `default`. */
  registration: "registration",
} as const;

/** Whether a fact is that a cluster takes work. */
export function isServing(one: Fact): boolean {
  return one.startsWith(fact.serving(""));
}
