import type { Clock } from "../../src/apply/clock.ts";
import { recallJournal, recallStore } from "../../src/apply/recall.ts";
import { takeUp } from "../../src/apply/take-up.ts";
import { createModel, type Model } from "../../src/embedded/model/create-model.ts";
import { createEmbeddedTransport } from "../../src/embedded/services/create-embedded-transport.ts";
import type { Ledger } from "../../src/model/ledger/ledger.ts";
import type { Desired } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { checkSafety, completePlan } from "../../src/plan/check-safety.ts";
import { type ComputedPlan, computePlan } from "../../src/plan/compute-plan.ts";
import { leaveFields } from "../../src/plan/input/leave-fields.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { createReader } from "../../src/systems/control-plane/create-reader.ts";
import { createWriter } from "../../src/systems/control-plane/create-writer.ts";
import type { ControlPlane } from "../../src/systems/control-plane/open-control-plane.ts";
import { createMemoryLedger } from "./create-memory-ledger.ts";

/** A control plane in this process with the real client in front of it; time moves only when someone sleeps. */
export interface World {
  readonly model: Model;
  readonly reader: ControlPlane["reader"];
  readonly writer: ReturnType<ControlPlane["writerUnder"]>;
  readonly clock: Clock;
  /** Called before each sleep ends: work may end or come meanwhile. */
  onSleep: () => void;
  /** How much the ledger counts: `journal` keeps only what an interrupted run left, and gives no ownership. */
  readonly memory: "store" | "journal";
  ledger: Ledger;
}

export const ORG = "acme";

/** Opens an empty organization of a generation. */
export function openWorld(generation: Generation, memory: World["memory"] = "store"): World {
  let now = Date.UTC(2026, 0, 1);
  const model = createModel({ generation, org: ORG, now: () => now });
  const transport = createEmbeddedTransport(model);
  const identity = { endpoint: "http://127.0.0.1:9", org: ORG };
  const reader = createReader(transport, identity, { retries: 0 });
  const writer = createWriter(transport, identity, { retries: 0, detectGeneration: reader.detectGeneration });
  const sleep = async (milliseconds: number) => {
    world.onSleep();
    now += Math.ceil(milliseconds);
    model.settle();
  };
  const clock = { now: () => now, sleep };
  const world: World = { model, reader, writer, clock, onSleep: () => {}, memory, ledger: createMemoryLedger() };
  return world;
}

export const OPTIONS: PlanOptions = {
  prune: "owned",
  on_pool_change: "auto",
  target: [],
  exclude: [],
  replace: [],
  allow: ["max-disruption-share", "empty-set", "other-folder", "contract"],
  store: null,
};

/** What a plan of a folder is made from: the live state and what is remembered. */
export async function readInput(
  world: World,
  desired: Desired,
  options: Partial<PlanOptions> = {},
): Promise<PlanInput> {
  const prune = world.memory === "store" ? OPTIONS.prune : "none";
  const around = { desired, live: await readLive(world.reader), options: { ...OPTIONS, prune, ...options } };
  const recalled = await (world.memory === "store" ? recallStore(world.ledger) : recallJournal(world.ledger));
  return { ...takeUp(recalled, around), ...around, revision: null };
}

/** Plans a folder against a world, as far as the live state and the memory say. */
export async function planWorld(world: World, desired: Desired, options: Partial<PlanOptions> = {}): Promise<Plan> {
  return judgeInput(await readInput(world, desired, options));
}

/** The plan of an input, judged without figures of work in flight. */
export function judgeInput(input: PlanInput): Plan {
  return judge(computePlan(input));
}

/** The same with the routes of runs. */
export function judgeRouted(input: PlanInput): Plan {
  return judge(routeRuns(computePlan(input), { ...input, desired: leaveFields(input).desired }));
}

function judge(computed: ComputedPlan): Plan {
  return completePlan(computed.body, checkSafety(computed, []), []);
}
