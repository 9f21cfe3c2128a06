import { type DescMessage, type DescMethodUnary, type MessageShape, toJson } from "@bufbuild/protobuf";
import { isMutation, type Model, subscribe } from "../model/create-model.ts";
import { decideFlyteadmin } from "./decide-flyteadmin.ts";
import {
  applyFlyteadminChanges,
  createFlyteadminState,
  type FlyteadminChange,
  type FlyteadminState,
  provisionProjects,
} from "./flyteadmin-state.ts";

/** Where changes are persisted. `commit` returns once they are durable. */
export interface FlyteadminStore {
  /** The stored records; empty for a new store. */
  readonly records: readonly FlyteadminChange[];
  commit(changes: readonly FlyteadminChange[]): void;
}

/** The options of a model; without a store its state is in memory only. */
export interface FlyteadminModelOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called with each mutating call and its outcome. */
  readonly note: Model["note"];
  readonly store?: FlyteadminStore;
}

/** A flyteadmin in memory: the state, and the only methods that change it. */
export interface FlyteadminModel {
  readonly state: FlyteadminState;
  readonly now: () => number;
  /** Runs one call: applies the rule, then commits. Throws the ConnectError of a refusal. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    message: MessageShape<I>,
  ): MessageShape<O>;
  /** Writes changes that bypass all rules, for tests and the admin interface. */
  commit(changes: readonly FlyteadminChange[]): void;
  /** Calls the listener after each commit, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** Creates a flyteadmin from its store, or with the projects of a new one. */
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
