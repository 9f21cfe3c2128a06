import { expect } from "vitest";
import { applyPlan, isWhole } from "../../src/apply/apply-plan.ts";
import { finishJournal } from "../../src/apply/finish-journal.ts";
import type { LiveState } from "../../src/model/objects/live.ts";
import type { ApplyReport } from "../../src/model/plan/apply-report.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { isLive } from "../../src/plan/input/index-world.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import type { World } from "./open-model.ts";

/** Picks a whole number from 0 to `most`. */
export type Draw = (most: number) => number;

/** How a plan is carried out; what is left out: in its own order, to its end. */
export interface Walk {
  /** Picks among the steps that may come next. */
  readonly draw?: Draw;
  /** Ends the run early: as an interrupt does after so many steps, or as a kill does before or after so many writes, or after so many records. */
  readonly stop?: { readonly at: number; readonly how: "interrupt" | "kill before" | "kill after" | "kill recording" };
  /** How long it waits for work. Default: for ever. */
  readonly wait_ms?: number;
  /** The plan of which the one that is carried out is a part: a queue that this one serves in the end is served by its part, too. */
  readonly whole?: Plan;
  /** Called with the writer's method and the object's name. */
  readonly beforeWrite?: (method: string, name: string) => void;
  readonly afterWrite?: () => void | Promise<void>;
}

/** The process is gone: nothing that it was about to do happens any more. */
class Killed extends Error {}

/** Each run has a name of its own in the journal. */
let runs = 0;

/** Carries out a plan as the commands do; null when it was killed. A refusal by the control plane fails the test. */
export async function carryOut(world: World, plan: Plan, walk: Walk = {}): Promise<ApplyReport | null> {
  const refusals: string[] = [];
  const interrupt = new AbortController();
  let ended = 0;
  try {
    const ordered = walk.draw === undefined ? plan : { ...plan, steps: drawOrder(plan.steps, walk.draw) };
    const report = await applyPlan(
      ordered,
      {
        reader: world.reader,
        flyteadmin: null,
        delivery: null,
        clock: world.clock,
        ...stoppable(world, walk, refusals),
      },
      {
        write_ms: 0,
        wait_ms: walk.wait_ms ?? Number.POSITIVE_INFINITY,
        parallelism: 1,
        signal: interrupt.signal,
        onEvent: ({ type }) => {
          if (type === "ended") ended += 1;
          if (walk.stop?.how === "interrupt" && ended >= walk.stop.at) interrupt.abort();
        },
        run_id: `run-${runs++}`,
        cause: null,
      },
    );
    if (report.status === "applied" && isWhole(plan) && world.memory === "journal")
      await finishJournal(world.ledger, plan);
    return report;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return null;
  } finally {
    expect(refusals).toEqual([]);
  }
}

/** Writer and ledger that are watched, and that do nothing any more once the process is killed. */
function stoppable(world: World, { stop, beforeWrite, afterWrite }: Walk, refusals: string[]) {
  let writes = 0;
  let isDead = false;
  const killAt = (how: string) => {
    if (stop?.how !== how || writes < stop.at) return;
    isDead = true;
    throw new Killed();
  };
  let records = 0;
  const alive: Around = (method, _name, call) => {
    if (!method.startsWith("read")) records += 1;
    isDead ||= stop?.how === "kill recording" && records > stop.at;
    if (isDead) throw new Killed();
    return call();
  };
  const writer = wrap(world.writer, async (method, name, call) => {
    if (isDead) throw new Killed();
    killAt("kill before");
    beforeWrite?.(method, name);
    await call().catch((error: unknown) => {
      refusals.push(`${method} ${name}: ${error}`);
      throw error;
    });
    writes += 1;
    await afterWrite?.();
    killAt("kill after");
  });
  return { writer, ledger: wrap(world.ledger, async (...args) => alive(...args)) };
}

type Around = (method: string, name: string, call: () => Promise<unknown>) => Promise<unknown>;

function wrap<T extends object>(object: T, around: Around): T {
  return new Proxy(object, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => around(String(key), String(args[0]), () => value.apply(target, args));
    },
  });
}

/** Puts steps into some order that respects every edge. */
function drawOrder(steps: readonly Step[], draw: Draw): readonly Step[] {
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

type Routes = ReadonlyMap<string, readonly string[]>;

/**
 * Carries out a plan, and expects of every queue that routes before and after that it routes after each write, unless the
 * plan announced an interruption.
 */
export async function expectRoutesKept(world: World, plan: Plan, walk: Walk = {}): Promise<ApplyReport | null> {
  const readRoutes = async () => routesOf(await readLive(world.reader));
  const before = await readRoutes();
  const during: Routes[] = [];
  const afterWrite = async () => {
    during.push(await readRoutes());
    await walk.afterWrite?.();
  };
  const report = await carryOut(world, plan, { ...walk, afterWrite });
  const after = await readRoutes();
  const announced = announcedQueues(plan);
  const served = new Map(walk.whole?.routing.map((route) => [route.queue, route.after ?? []]));
  for (const [queue, clusters] of before) {
    const isServed = (served.get(queue) ?? (walk.whole === undefined ? after.get(queue) : clusters) ?? []).length > 0;
    if (clusters.length === 0 || !isServed || announced.has(queue)) continue;
    for (const routes of during) expect(routes.get(queue) ?? [], `route of ${queue}`).not.toHaveLength(0);
  }
  return report;
}

/** Where each live queue in service sends work: members of its pool that it names and that are in service. */
function routesOf(live: LiveState): Routes {
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
function announcedQueues({ notices }: Plan): ReadonlySet<string> {
  return new Set(notices.filter(({ code }) => code === "interruption").flatMap(({ queues }) => queues ?? []));
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
