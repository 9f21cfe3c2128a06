import { createReader } from "../../src/control-plane/create-reader.ts";
import { createWriter } from "../../src/control-plane/create-writer.ts";
import type { ControlPlaneReader } from "../../src/control-plane/reader.ts";
import type { ControlPlaneWriter } from "../../src/control-plane/writer.ts";
import { createEmbeddedTransport } from "../../src/embedded/create-embedded-transport.ts";
import { createModel, type Model } from "../../src/embedded/create-model.ts";
import { readLive } from "../../src/live/read-live.ts";
import type { Desired } from "../../src/model/desired.ts";
import type { Ledger, OwnedObject } from "../../src/model/ledger.ts";
import type { Generation } from "../../src/model/live.ts";
import type { PlanOptions } from "../../src/model/plan.ts";
import { type ComputedPlan, computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/plan-input.ts";

/** A control plane in this process with the real client in front of it; time moves only by `advance`. */
export interface World {
  readonly model: Model;
  readonly reader: ControlPlaneReader;
  readonly writer: ControlPlaneWriter;
  readonly owned: Map<string, OwnedObject>;
  /** Queues written out and not restored. */
  readonly narrowed: Set<string>;
  /** Clusters that queues let go of, by queue. */
  readonly released: Map<string, readonly string[]>;
  readonly advance: (milliseconds: number) => void;
}

export const ORG = "acme";

/** Opens an empty organization of a generation. */
export function openWorld(generation: Generation): World {
  let now = Date.UTC(2026, 0, 1);
  const model = createModel({ generation, org: ORG, now: () => now });
  const transport = createEmbeddedTransport(model);
  const identity = { endpoint: "http://127.0.0.1:9", org: ORG };
  const reader = createReader(transport, identity, { retries: 0 });
  const writer = createWriter(transport, identity, { retries: 0, detectGeneration: reader.detectGeneration });
  const advance = (milliseconds: number) => {
    now += milliseconds;
    model.settle();
  };
  return { model, reader, writer, owned: new Map(), narrowed: new Set(), released: new Map(), advance };
}

export const OPTIONS: PlanOptions = {
  prune: "owned",
  on_pool_change: "auto",
  target: [],
  exclude: [],
  replace: [],
  allow: ["max-disruption-share", "empty-set", "contract"],
  store: null,
};

/** Plans a folder against a world with what is remembered of it. */
export async function planWorld(world: World, desired: Desired, rest: Partial<PlanInput> = {}): Promise<ComputedPlan> {
  return computePlan({
    desired,
    live: await readLive(world.reader),
    owned: [...world.owned.values()],
    pending: [],
    narrowed: [...world.narrowed],
    released: world.released,
    ownership: "store",
    options: OPTIONS,
    revision: null,
    ...rest,
  });
}

/**
 * Plans as without a store: what a manifest names counts as owned, nothing is pruned, and of an interrupted run only the
 * registrations under new names are known.
 */
export async function planWithoutStore(
  world: World,
  desired: Desired,
  options: PlanOptions = { ...OPTIONS, prune: "none" },
): Promise<ComputedPlan> {
  const pending = [...world.owned.values()].flatMap(({ address, physical_name, previous_names }) =>
    [physical_name, ...previous_names].map((name) => ({ address, physical_name: name })),
  );
  return planWorld(world, desired, { owned: [], pending, ownership: "manifest", options });
}

/** A ledger in memory that fills the world's ownership: what a store does, without its durability. */
export function ledgerOf(world: World): Ledger {
  const intents = new Map<
    string,
    { status: "intent" | "sent" | "unknown"; entry: Parameters<Ledger["recordIntent"]>[0] }
  >();
  return {
    readOwned: async () => [...world.owned.values()],
    recordOwned: async (object) => void world.owned.set(object.address, object),
    forgetOwned: async (address) => void world.owned.delete(address),
    recordIntent: async (entry) => {
      const id = `${intents.size}`;
      intents.set(id, { status: "intent", entry });
      return id;
    },
    recordSent: async (id) => {
      const intent = intents.get(id);
      if (intent !== undefined) intent.status = "sent";
    },
    recordOutcome: async (id, outcome) => {
      if (outcome !== "unknown") intents.delete(id);
    },
    readOpenIntents: async () => [...intents].map(([id, { status, entry }]) => ({ ...entry, id, status })),
    acquireLease: async () => ({ acquired: true, expires_at: "" }),
    renewLease: async () => true,
    releaseLease: async () => {},
    close: async () => {},
  };
}
