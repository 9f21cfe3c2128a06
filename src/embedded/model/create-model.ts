import {
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { Generation } from "../../model/objects/live.ts";
import { decide } from "../rules/decide-request.ts";
import { applyChanges } from "../state/apply-changes.ts";
import type { Author } from "../state/author.ts";
import { createEmptyState, provisionOrganization } from "../state/create-state.ts";
import type { Change, State } from "../state/state.ts";
import { collectFigures, type Figures } from "../state/work-in-flight.ts";
import { advance } from "./advance.ts";
import { type Simulation, simulateDataPlane } from "./simulate-data-plane.ts";

/** One mutating RPC and its outcome: `ok`, or the code that it was refused with. */
export interface JournalEntry {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  /** `ClusterService/CreateCluster`. */
  readonly method: string;
  readonly request: JsonValue;
  readonly outcome: string;
  /** Empty on success. */
  readonly message: string;
}

/** Where changes are persisted. `commit` returns once they are durable. */
export interface Store {
  /** The stored records; empty for a new store. */
  readonly records: readonly Change[];
  commit(changes: readonly Change[]): void;
  close(): void;
}

/** The options of a model; `now` returns milliseconds since 1970 and is its only clock. */
export interface ModelOptions {
  readonly generation: Generation;
  readonly org: string;
  readonly now: () => number;
  /** Default: none, the state is in memory only. */
  readonly store?: Store;
  /** Default: no data plane is simulated. */
  readonly simulation?: Simulation;
}

/** A control plane in memory: the state, and the only methods that change it. */
export interface Model {
  readonly state: State;
  readonly journal: readonly JournalEntry[];
  readonly now: () => number;
  /** Runs one RPC: advances time, then applies the rule, then commits. Throws the ConnectError of a refusal. Default author: `embedded user`. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    message: MessageShape<I>,
    author?: Author,
  ): MessageShape<O>;
  /** Applies the changes that time alone causes. */
  settle(): void;
  /** Writes changes that bypass all rules, for tests and the admin interface. */
  commit(changes: readonly Change[]): void;
  /** What metrics show: the work in flight as it is, or as it was when the metrics were held. */
  figures(): Figures;
  /** True: metrics stay as they are now, as of a server that collects them at intervals. False: they follow the work in flight again. */
  holdMetrics(held: boolean): void;
  /** Records the outcome of an RPC that reached no rule. */
  note(method: DescMethod, request: JsonValue, error: ConnectError | undefined): void;
  /** Calls the listener after each commit, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** Most entries in the journal; the oldest are dropped first. */
const JOURNAL_LENGTH = 100_000;
/** Interval between two runs of the simulated data plane, each of which reads every cluster. */
const SIMULATION_STEP_MS = 50;
const READS = /^(Get|List|Count$|Watch|ResolveQueue$|Heartbeat$)/;

/** Creates a control plane from its store, or with a new organization. */
export function createModel({ generation, org, now, store, simulation }: ModelOptions): Model {
  const state = createEmptyState(org, generation);
  const journal: JournalEntry[] = [];
  const listeners = new Set<() => void>();
  let sequence = 0;
  let held: Figures | null = null;
  const announce = () => {
    for (const listener of [...listeners]) {
      listener();
    }
  };
  const commit = (changes: readonly Change[]) => {
    if (changes.length > 0) {
      store?.commit(changes);
      applyChanges(state, changes);
      announce();
    }
  };
  const figures = () => held ?? collectFigures(state, now());
  const holdMetrics = (hold: boolean) => {
    held = hold ? figures() : null;
    announce();
  };
  const note: Model["note"] = (method, request, error) => {
    sequence += 1;
    journal.push({
      sequence,
      time: new Date(now()).toISOString(),
      method: `${method.parent.name}/${method.name}`,
      request,
      outcome: error === undefined ? "ok" : codeName(error.code),
      message: error?.rawMessage ?? "",
    });
    journal.splice(0, journal.length - JOURNAL_LENGTH);
  };
  let simulatedAt = Number.NEGATIVE_INFINITY;
  const settle = () => {
    if (simulation !== undefined && now() >= simulatedAt + SIMULATION_STEP_MS) {
      simulatedAt = now();
      commit(simulateDataPlane(state, simulation, simulatedAt));
    }
    commit(advance(state, now()));
  };
  const call: Model["call"] = (method, message, author) => {
    settle();
    const { response, error, changes } = decide(state, { method, message }, now(), author);
    commit(changes);
    if (isMutation(method)) {
      note(method, toJson(method.input, message, { useProtoFieldName: true }), error);
    }
    if (error !== undefined) {
      throw error;
    }
    return response;
  };
  applyChanges(state, store?.records ?? []);
  if (state.pool.rows.size === 0) {
    commit(provisionOrganization(org, now()));
  }
  return {
    ...{ state, journal, now, call, settle, commit, figures, holdMetrics, note },
    subscribe: (listener) => subscribe(listeners, listener),
  };
}

/** Whether the journal records an RPC. */
export function isMutation(method: DescMethod): boolean {
  return !READS.test(method.name);
}

/** A Connect code as the wire spells it, for example `not_found`. */
export function codeName(code: Code): string {
  return (Code[code] ?? "unknown").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

/** Adds a listener; the returned function removes it. */
export function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
