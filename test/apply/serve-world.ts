import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { ApplyOptions, ApplyTools, TargetTools } from "../../src/apply/apply-context.ts";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import type { Clock } from "../../src/apply/clock.ts";
import type { Fault } from "../../src/embedded/faults/inject-faults.ts";
import type { Model } from "../../src/embedded/model/create-model.ts";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { Desired } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import type { ApplyEvent, ApplyReport } from "../../src/model/plan/apply-report.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { type Memory, openMemory, openOwnership } from "../../src/reconcile/open-memory.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealDesired } from "../../src/sealing/seal-desired.ts";
import { openWriter, sealReader, sealSink } from "../../src/sealing/seal-systems.ts";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { type ControlPlane, openControlPlane } from "../../src/systems/control-plane/open-control-plane.ts";
import type { ControlPlaneReader } from "../../src/systems/control-plane/reader.ts";
import { createFolderSink } from "../../src/systems/delivery/create-folder-sink.ts";
import type { Sink } from "../../src/systems/delivery/sink.ts";
import { type HeldCalls, type HeldFault, holdCalls } from "../set-up/hold-calls.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { deliverFreely, OPEN_FENCE } from "../set-up/open-fence.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { findLease } from "../store/writable.ts";
import { type OpenFlyteadmin, open as openFlyteadmin } from "../systems/flyteadmin/fixtures/open.ts";
import type { WorldCopy } from "./copy-world.ts";

export const ORG = "acme";

/** How a world is opened; what is left out is as said. */
export interface WorldOptions {
  /** Longest wait for the answer to a write, in real milliseconds: only a hanging call takes it. Default: as for reads. */
  readonly writeTimeoutMs?: number;
  /** True: flyteadmin, on the same port, and a folder for files are systems of the target too. Default false. */
  readonly places?: boolean;
  /** What the world goes on from. Default: an empty organization. Not with places. */
  readonly copyOf?: WorldCopy;
  /** False: ownership is what manifests name. Default true: a SQLite store in a temporary folder. */
  readonly store?: boolean;
}

/** A control plane behind the real wire, with a store beside it; its time, and apply's, move only when someone sleeps. */
export interface ServedWorld {
  /** The endpoint that the memory is kept under. */
  readonly url: string;
  readonly adminUrl: string | null;
  readonly model: Model;
  /** Folder of the store; null without one. */
  readonly storeDir: string | null;
  /** Holds store and crash journal. */
  readonly folder: string;
  readonly reader: ControlPlane["reader"];
  readonly writer: TargetTools["writer"];
  readonly flyteadmin: OpenFlyteadmin | null;
  /** Delivers into the folder `output` of {@link folder}. */
  readonly delivery: TargetTools["delivery"];
  readonly clock: Clock;
  /** Called in place of time passing, before each sleep ends. */
  onSleep: (milliseconds: number) => void | Promise<void>;
  readonly post: (path: string, body: object) => Promise<void>;
  readonly fault: (fault: Fault) => Promise<void>;
  /** Lets calls wait until the test releases them. */
  readonly hold: (fault: HeldFault) => Promise<HeldCalls>;
  readonly openMemory: () => Promise<Memory>;
  readonly plan: (desired: Desired, options?: Partial<PlanOptions>) => Promise<Plan>;
  readonly apply: (plan: Plan, options?: Partial<ApplyOptions & ApplyTools>) => Promise<ApplyReport>;
  /** Plans and applies; fails the test where that is not applied in full. */
  readonly converge: (desired: Desired, options?: Partial<PlanOptions>) => Promise<void>;
  /** The live state as far as a plan decides it. */
  readonly essence: () => Promise<unknown>;
}

const OPTIONS: PlanOptions = {
  prune: "owned",
  on_pool_change: "auto",
  target: [],
  exclude: [],
  replace: [],
  allow: ["max-disruption-share", "empty-set", "other-folder", "contract"],
  store: null,
};

/** Serves an organization on loopback for the running test. */
export async function serveWorld(generation: Generation, options: WorldOptions = {}): Promise<ServedWorld> {
  const { copyOf } = options;
  const time = { now: copyOf?.now ?? Date.UTC(2026, 0, 1) };
  const served = await serveControlPlane({ generation, org: ORG, adminPort: 0, now: () => time.now });
  onTestFinished(() => served.close());
  const open = (timeoutMs: number) => {
    const controlPlane = openControlPlane(connectionTo(served.url, timeoutMs), { delayMs: () => 1 });
    onTestFinished(() => controlPlane.close());
    return controlPlane;
  };
  const { reader } = open(PATIENCE_MS);
  const writer = open(options.writeTimeoutMs ?? PATIENCE_MS).writerUnder(OPEN_FENCE);
  const { adminUrl, model } = served;
  const url = copyOf?.url ?? served.url;
  const folder = makeTemporaryFolder();
  if (copyOf !== undefined) {
    model.commit(copyOf.records);
    cpSync(copyOf.folder, folder, { recursive: true });
  }
  const places = options.places === true ? openPlaces(served.url, folder) : NOTHING_ELSE;
  return createWorld({ reader, writer, url, adminUrl, model, time, folder, ...places }, options);
}

function openPlaces(endpoint: string, folder: string) {
  const output = join(folder, "output");
  mkdirSync(output);
  return { flyteadmin: openFlyteadmin({ endpoint }), delivery: createFolderSink(output) };
}

/** What a world is made of. */
export interface WorldParts
  extends Pick<ServedWorld, "url" | "adminUrl" | "model" | "reader" | "writer" | "flyteadmin"> {
  readonly delivery: Sink | null;
  readonly time: { now: number };
  readonly folder: string;
}

/** Puts the parts of a world together, with what is sensitive sealed as it is for commands and passes. */
export function createWorld(parts: WorldParts, options: WorldOptions): ServedWorld {
  const { url, adminUrl, model, time, folder, flyteadmin } = parts;
  const border = openBorder({ key: Buffer.alloc(32, 7), patterns: [], desired: [], owned: [], remembered: {} });
  const { vault } = border;
  const reader = sealReader(parts.reader, vault);
  const writer = openWriter(parts.writer, vault);
  const sink = parts.delivery === null ? null : sealSink(parts.delivery, border);
  const delivery = sink && deliverFreely(sink);
  const storeDir = options.store === false ? null : join(folder, "store");
  const places = { flyteadmin: flyteadmin === null ? null : url, delivery: delivery?.place ?? null };
  // To open it takes longer than most of what it is asked.
  let database: Promise<Database> | undefined;
  const world: ServedWorld = {
    ...{ url, adminUrl, model, reader, writer, storeDir, folder, flyteadmin, delivery },
    clock: {
      now: () => time.now,
      sleep: async (milliseconds) => {
        await world.onSleep(milliseconds);
        time.now += Math.ceil(milliseconds);
        model.settle();
        await breathe();
      },
    },
    onSleep: () => {},
    post: async (path, body) => {
      const response = await fetch(`${adminUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    },
    fault: (fault) => world.post("/faults", fault),
    hold: (fault) => holdCalls(adminUrl, fault),
    openMemory: async () => {
      const target = { org: ORG, endpoint: url, ...places };
      if (storeDir === null) {
        return openMemory(undefined, target, { env: { XDG_STATE_HOME: join(folder, "state") }, say: () => {} });
      }
      database ??= openUntilFinished(storeDir);
      return openOwnership({ ...(await database), close: async () => {} }, target);
    },
    plan: async (desired, rest = {}) => {
      const memory = await world.openMemory();
      const shaped = { ...OPTIONS, ...(storeDir === null ? { prune: "none" as const } : {}), ...rest };
      return makePlan({
        desired: sealDesired(desired, vault),
        readers: { union: reader, flyteadmin: flyteadmin?.reader ?? null, delivery },
        scopes: [],
        memory,
        options: shaped,
        revision: null,
      }).finally(memory.close);
    },
    apply: (plan, rest = {}) => applyTo(world, plan, rest),
    converge: async (desired, rest) => {
      const plan = await world.plan(desired, rest);
      const failed = plan.checks.filter((check) => check.status === "fail");
      if (failed.length > 0) throw new Error(`blocked: ${JSON.stringify(failed)}`);
      const report = await world.apply(plan);
      if (report.status !== "applied") throw new Error(JSON.stringify(report));
    },
    essence: () => readEssence(reader),
  };
  return world;
}

async function openUntilFinished(storeDir: string): Promise<Database> {
  const database = await openDatabase(storeDir);
  onTestFinished(() => database.close());
  return database;
}

async function applyTo(world: ServedWorld, plan: Plan, rest: Partial<ApplyOptions & ApplyTools>): Promise<ApplyReport> {
  const { reader, writer, clock, flyteadmin, delivery } = world;
  const memory = await world.openMemory();
  try {
    const store = await memory.openForWriting();
    const lease = await findLease(store);
    const tools = { reader, writer, clock, flyteadmin, delivery, ledger: store.under(lease), ...rest };
    const report = await applyPlan(plan, tools, { ...RUN, run_id: `run-${runs++}`, ...rest });
    if (report.status === "applied") await memory.finish(plan, lease);
    return report;
  } finally {
    await memory.close();
  }
}

/** No other system of the target. */
export const NOTHING_ELSE = { flyteadmin: null, delivery: null } as const;

/** Each run has a name of its own in the journal. */
let runs = 0;

const RUN: ApplyOptions = {
  wait_ms: 60_000,
  write_ms: 0,
  parallelism: 4,
  signal: new AbortController().signal,
  onEvent: () => {},
  run_id: "run",
  cause: null,
};

/** How the organization of a world is reached. */
export function connectionTo(endpoint: string, timeoutMs: number) {
  return {
    endpoint,
    org: ORG,
    credentials: { kind: "none" as const },
    caFile: null,
    skipVerify: false,
    insecure: false,
    proxy: { http: "", https: "", none: "" },
    timeoutMs,
    writeTimeoutMs: timeoutMs,
    maxObjects: 1_000_000,
    sources: { endpoint: "test", org: "test", credentials: "test" },
  };
}

async function readEssence(reader: ControlPlaneReader): Promise<unknown> {
  const live = await readLive(reader);
  return {
    pools: live.pools.map(({ name, config, deleted }) => ({ name, config, deleted })),
    clusters: live.clusters.map(({ name, pool, state }) => ({ name, pool, state })),
    queues: live.queues.map(({ name, spec, state }) => ({ name, spec, state })),
  };
}

/** Events of a run as lines, `started ID`, `ended ID STATUS`, `progress ID`. */
export function recordEvents(): { readonly lines: string[]; readonly onEvent: (event: ApplyEvent) => void } {
  const lines: string[] = [];
  const onEvent = (event: ApplyEvent) => {
    if (event.type === "ended") lines.push(`ended ${event.result.id} ${event.result.status}`);
    else lines.push(`${event.type} ${event.step}`);
  };
  return { lines, onEvent };
}

/** The writes that the control plane carried out since a place in its journal, as `Method outcome`. */
export function journalSince({ model }: ServedWorld, place: number): readonly string[] {
  return model.journal.slice(place).map(({ method, outcome }) => `${method} ${outcome}`);
}
