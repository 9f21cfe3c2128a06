import { writeStep } from "../../src/apply/write-step.ts";
import { readLive } from "../../src/live/read-live.ts";
import { createEmptyLedger } from "../../src/model/empty-ledger.ts";
import type { LiveState } from "../../src/model/live.ts";
import type { PlanBody, Step } from "../../src/model/plan.ts";
import { isLive } from "../../src/plan/index-world.ts";
import type { World } from "./open-model.ts";

/** Where each live queue in service sends work: members of its pool that it names and that are in service. */
export function routesOf(live: LiveState): ReadonlyMap<string, readonly string[]> {
  const routes = new Map<string, readonly string[]>();
  for (const queue of live.queues) {
    if (queue.state !== "active") continue;
    const members = live.clusters
      .filter((cluster) => isLive(cluster) && cluster.pool === queue.spec.cluster_pool && cluster.state === "active")
      .map((cluster) => cluster.name);
    const named =
      queue.spec.clusters[0] === "*" ? members : members.filter((name) => queue.spec.clusters.includes(name));
    routes.set(queue.name, named);
  }
  return routes;
}

/** Queues that a plan says take no work for a while. */
export function announcedQueues(body: PlanBody): ReadonlySet<string> {
  const told = new Set<string>();
  for (const notice of body.notices) {
    if (notice.code !== "interruption") continue;
    for (const match of notice.message.matchAll(/queue ([a-z0-9-]+(?:, [a-z0-9-]+)*)/gi)) {
      for (const name of (match[1] ?? "").split(", ")) told.add(name);
    }
  }
  return told;
}

/** Puts steps into some order that respects every edge; `draw` picks among those that may come next. */
export function drawOrder(steps: readonly Step[], draw: (most: number) => number): readonly Step[] {
  const done = new Set<string>();
  const order: Step[] = [];
  let open = [...steps];
  while (open.length > 0) {
    const ready = open.filter((step) => step.after.every((id) => done.has(id)));
    const step = ready[draw(ready.length - 1)];
    if (step === undefined) throw new Error(`no step can be next of ${open.map((other) => other.id).join(", ")}`);
    order.push(step);
    done.add(step.id);
    open = open.filter((other) => other !== step);
  }
  return order;
}

/** Sends one step as apply would, keeping what apply remembers; a wait only lets time pass. */
export async function takeStep(step: Step, body: PlanBody, world: World): Promise<void> {
  if (step.op === "await") {
    world.advance(1_000);
    return;
  }
  if (step.id.endsWith("/let-go")) {
    const queue = world.model.state.queue.rows.get(step.physical_name);
    world.released.set(step.physical_name, queue?.spec.clusters ?? []);
  }
  await writeStep(step, { reader: world.reader, writer: world.writer, ledger: createEmptyLedger(), clock: NO_CLOCK });
  remember(step, body, world);
}

function remember(step: Step, body: PlanBody, world: World): void {
  if (step.id.endsWith("/write-out")) world.narrowed.add(step.physical_name);
  if (step.id.endsWith("/restore")) world.narrowed.delete(step.physical_name);
  const claim = body.ownership.claim.find((entry) => entry.address === step.address);
  if (
    claim !== undefined &&
    claim.physical_name === step.physical_name &&
    (step.op === "create" || step.op === "undelete")
  ) {
    const [kind, name = ""] = step.address.split(/\.(.*)/s);
    world.owned.set(step.address, {
      address: step.address,
      kind: kind as never,
      name,
      physical_name: claim.physical_name,
      previous_names: claim.previous_names,
      lifecycle: claim.lifecycle,
      applied: null,
      updated_at: "",
    });
  }
}

/** Records what a full apply does in the end. */
export function rememberAll(body: PlanBody, world: World): void {
  for (const claim of body.ownership.claim) {
    const [kind, name = ""] = claim.address.split(/\.(.*)/s);
    world.owned.set(claim.address, {
      address: claim.address,
      kind: kind as never,
      name,
      physical_name: claim.physical_name,
      previous_names: [],
      lifecycle: claim.lifecycle,
      applied: claim.applied,
      updated_at: "",
    });
  }
  for (const address of body.ownership.release) world.owned.delete(address);
  world.released.clear();
}

/** Carries out a whole plan in its own order. */
export async function carryOut(body: PlanBody, world: World): Promise<void> {
  for (const step of body.steps) await takeStep(step, body, world);
  rememberAll(body, world);
}

/** The live state as far as a plan decides it: no generations, no timestamps. */
export async function essence(world: World): Promise<unknown> {
  const live = await readLive(world.reader);
  return {
    pools: live.pools.map(({ name, config, deleted }) => ({ name, config, deleted })),
    clusters: live.clusters.map(({ name, pool, state }) => ({ name, pool, state })),
    queues: live.queues.map(({ name, spec, state }) => ({ name, spec, state })),
  };
}

const NO_CLOCK = { now: () => 0, sleep: async () => {} };
