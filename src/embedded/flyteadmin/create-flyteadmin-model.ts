import { type DescMessage, type DescMethodUnary, type MessageShape, toJson } from "@bufbuild/protobuf";
import { isMutation, type Model, subscribe } from "../create-model.ts";
import { decideFlyteadmin } from "./decide-flyteadmin.ts";
import {
  applyFlyteadminChanges,
  createFlyteadminState,
  type FlyteadminChange,
  type FlyteadminState,
  provisionProjects,
} from "./flyteadmin-state.ts";

/** Where changes are kept beyond memory. `commit` returns once they cannot be lost any more. */
export interface FlyteadminStore {
  /** The records kept so far; empty for a new store. */
  readonly records: readonly FlyteadminChange[];
  commit(changes: readonly FlyteadminChange[]): void;
}

/** How a model is made; without a store nothing is kept beyond memory. */
export interface FlyteadminModelOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called with each mutating call and its result. */
  readonly note: Model["note"];
  readonly store?: FlyteadminStore;
}

/** A flyteadmin in memory: the state, and the only ways to change it. */
export interface FlyteadminModel {
  readonly state: FlyteadminState;
  readonly now: () => number;
  /** Runs one call: the rule, then the commit. Throws the ConnectError it is refused with. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    message: MessageShape<I>,
  ): MessageShape<O>;
  /** Writes changes past all rules: what tests and the admin interface do. */
  commit(changes: readonly FlyteadminChange[]): void;
  /** Calls back after each commit, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** Makes a flyteadmin: with what its store has kept, or with the projects that a new one has. */
export function createFlyteadminModel({ now, note, store }: FlyteadminModelOptions): FlyteadminModel {
  const state = createFlyteadminState();
  const listeners = new Set<() => void>();
  const commit: FlyteadminModel["commit"] = (changes) => {
    if (changes.length > 0) {
      store?.commit(changes);
      applyFlyteadminChanges(state, changes);
      for (const listener of [...listeners]) listener();
    }
  };
  const call: FlyteadminModel["call"] = (method, message) => {
    const { response, error, changes } = decideFlyteadmin(state, { method, message }, now());
    commit(changes);
    if (isMutation(method)) {
      note(method, toJson(method.input, message, { useProtoFieldName: true }), error);
    }
    if (error !== undefined) {
      throw error;
    }
    return response;
  };
  applyFlyteadminChanges(state, store?.records ?? []);
  if (state.projects.size === 0) {
    commit(provisionProjects(now()));
  }
  return { state, now, call, commit, subscribe: (listener) => subscribe(listeners, listener) };
}
