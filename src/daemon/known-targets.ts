import type { Address } from "../model/address.ts";
import type { TargetState } from "../model/daemon/daemon-records.ts";
import type { TargetOverview } from "../model/daemon/daemon-service.ts";
import type { Applying } from "../plan/policy/show-applying.ts";
import type { FollowedWrites } from "./follow-writes.ts";

/** What is shown of a target beside its state. */
export type Beside = Pick<TargetOverview, "warnings" | "requests_trouble" | "pauses" | "approvals">;

/** A target as this process knows it. */
export interface KnownTarget {
  /** As it is on record; `out_of_service` also names what a pass that is not on record has drained, by this process or as the store said last. */
  readonly state: TargetState;
  /** The pass of this process that applies now; null: none does. Those of other replicas are not known. */
  readonly applying: Applying | null;
}

/**
 * What this process knows of each target, by what it read and recorded last and by what its own pass writes: for when the store can't be read, in one
 * place for status, pages, API and metrics.
 */
export interface KnownTargets {
  /** Notes the state on record, and what the store shows beside it of a pass that applies: in place of what was noted before. */
  note(state: TargetState, applying: Applying | null): void;
  /** Notes what is shown beside the state. */
  noteBeside(target: string, beside: Beside): void;
  /** Notes that a pass of this process begins, with its writes as they will be. */
  begin(target: string, writes: Pick<FollowedWrites, "applying">): void;
  /** Notes that it has ended: until the next {@link KnownTargets.note}, what it has drained and not put back stays known. */
  end(target: string): void;
  /** Null: nothing was noted of it. */
  recall(target: string): KnownTarget | null;
  /** Default: nothing is shown beside it. */
  recallBeside(target: string): Beside;
  /** The targets of which a state was noted. */
  names(): readonly string[];
  forget(target: string): void;
}

/** Knows nothing yet. */
export function createKnownTargets(): KnownTargets {
  const states = new Map<string, TargetState>();
  const drained = new Map<string, readonly Address[]>();
  const own = new Map<string, Pick<FollowedWrites, "applying">>();
  const besides = new Map<string, Beside>();
  return {
    note: (state, applying) => {
      states.set(state.target, state);
      drained.set(state.target, applying?.out_of_service ?? []);
    },
    noteBeside: (target, beside) => void besides.set(target, beside),
    begin: (target, writes) => void own.set(target, writes),
    end: (target) => {
      const applying = own.get(target)?.applying() ?? null;
      own.delete(target);
      if (applying !== null) drained.set(target, applying.out_of_service);
    },
    recall: (target) => {
      const state = states.get(target);
      if (state === undefined) return null;
      const applying = own.get(target)?.applying() ?? null;
      if (applying !== null) return { state, applying };
      const out = [...new Set([...(state.out_of_service ?? []), ...(drained.get(target) ?? [])])];
      return { state: out.length === 0 ? state : { ...state, out_of_service: out }, applying };
    },
    recallBeside: (target) => besides.get(target) ?? NOTHING_BESIDE,
    names: () => [...states.keys()],
    forget: (target) => {
      for (const map of [states, drained, besides]) map.delete(target);
    },
  };
}

const NOTHING_BESIDE: Beside = { warnings: [], requests_trouble: null, pauses: [], approvals: [] };
