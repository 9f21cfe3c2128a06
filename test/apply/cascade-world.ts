import { expect } from "vitest";
import type { ApplyOptions, ApplyTools } from "../../src/apply/apply-context.ts";
import { ATTRIBUTES_KINDS } from "../../src/kinds/registry.ts";
import { type AttributesRow, formatAttributesScope } from "../../src/model/objects/attributes.ts";
import type { Desired } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { writable } from "../store/writable.ts";
import { labelOf, type OpenFlyteadmin } from "../systems/flyteadmin/fixtures/open.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

/** A world with a flyteadmin. */
export interface CascadeWorld extends ServedWorld {
  readonly flyteadmin: OpenFlyteadmin;
  /** Values of all rows by `KIND.PLACE`, launch plans after `@`. */
  readonly rows: () => Promise<Readonly<Record<string, string>>>;
}

/** Serves a world in which strangers wrote these labels. */
export async function serveCascades(
  labels: Readonly<Record<string, string>> = {},
  generation: Generation = "2026-11",
): Promise<CascadeWorld> {
  const world = await serveWorld(generation, { places: true });
  const { flyteadmin } = world;
  if (flyteadmin === null) throw new Error("a world with places has a flyteadmin");
  for (const [place, value] of Object.entries(labels)) await flyteadmin.writer.putRow(labelOf(place, value));
  const rows = async () => {
    const all = await Promise.all(ATTRIBUTES_KINDS.map((kind) => flyteadmin.reader.listRows(kind)));
    return Object.fromEntries(all.flat().map((row) => [nameRow(row), row.value]));
  };
  // The memory of the world is its own: what is spread is only read.
  return Object.assign(world, { flyteadmin, rows });
}

function nameRow({ kind, scope, launch_plan }: AttributesRow): string {
  return `${kind}.${formatAttributesScope(scope)}${launch_plan === null ? "" : `@${launch_plan}`}`;
}

/** The process is gone: nothing that it was about to do happens any more. */
class Killed extends Error {}

/** A kill at a call to flyteadmin that writes, counted from 1. */
export interface Kill {
  readonly at: number;
  /** Before or after flyteadmin has carried it out. */
  readonly when: "before" | "after";
}

/** Plans and applies, and is killed on the way. False: it ended before. */
export async function applyAndKill(
  world: CascadeWorld,
  next: Desired,
  { at, when }: Kill,
  options: Partial<PlanOptions> = {},
): Promise<boolean> {
  let writes = 0;
  let isDead = false;
  const underWay = new Set<Promise<unknown>>();
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Killed();
    const running = call();
    underWay.add(running);
    return running.finally(() => underWay.delete(running));
  };
  const strike = (call: () => Promise<void>) =>
    alive(async () => {
      writes += 1;
      if (writes !== at) return call();
      if (when === "after") await call();
      isDead = true;
      throw new Killed();
    });
  const { writer } = world.flyteadmin;
  const flyteadmin = {
    reader: world.flyteadmin.reader,
    writer: {
      putRow: (row: AttributesRow) => strike(() => writer.putRow(row)),
      deleteRow: (...scope: Parameters<typeof writer.deleteRow>) => strike(() => writer.deleteRow(...scope)),
    },
  };
  const memory = await world.openMemory();
  const ledger = aliveOnly(await writable(await memory.openForWriting()), alive);
  try {
    const plan = await world.plan(next, options);
    expect(plan.checks.filter(({ status }) => status === "fail")).toEqual([]);
    await world.apply(plan, { flyteadmin, ledger, parallelism: 2 } satisfies Partial<ApplyTools & ApplyOptions>);
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  } finally {
    // What left before the kill arrives.
    while (underWay.size > 0) await Promise.allSettled(underWay);
    await memory.close();
  }
}

function aliveOnly<T extends object>(object: T, alive: (call: () => Promise<unknown>) => Promise<unknown>): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (...args: unknown[]) => alive(() => value.apply(target, args)) : value;
    },
  });
}
