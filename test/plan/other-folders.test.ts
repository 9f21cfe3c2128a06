import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, openWorld, readInput, type World } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

/** A pool with a cluster and so many queues, each with a name that begins with that of the environment. */
function folderOf(environment: string, queues: number): Desired {
  const pool = `${environment}-pool`;
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool(pool)],
    clusters: [desiredCluster(`${environment}-cluster`, pool)],
    queues: Array.from({ length: queues }, (_, index) => desiredQueue(`${environment}-${index}`, pool, ["*"])),
  };
}

const join = (one: Desired, other: Desired): Desired => ({
  ...NOTHING_DESIRED,
  pools: [...one.pools, ...other.pools],
  clusters: [...one.clusters, ...other.clusters],
  queues: [...one.queues, ...other.queues],
});

interface Wanted {
  readonly revision: string;
  readonly options?: Partial<PlanOptions>;
}

async function plan(world: World, desired: Desired, { revision, options }: Wanted): Promise<Plan> {
  return judgeInput({ ...(await readInput(world, desired, { allow: [], ...options })), revision });
}

/** A control plane that has carried out a folder. */
async function openApplied(desired: Desired): Promise<World> {
  const world = openWorld("2026-11");
  await carryOut(world, await plan(world, desired, { revision: "first" }));
  return world;
}

const failed = ({ checks }: Plan) => checks.filter(({ status }) => status === "fail").map(({ name }) => name);
const messageOf = ({ checks }: Plan, name: string) => checks.find((check) => check.name === name)?.message;

const PRODUCTION = folderOf("prod", 8);
const STAGING = folderOf("staging", 40);

describe("a plan of another environment's folder", () => {
  test("fails every check over the whole, and says what it looks like", async () => {
    const made = await plan(await openApplied(PRODUCTION), STAGING, { revision: "second" });
    expect(failed(made)).toEqual(["empty-set", "max-disruption-share", "other-folder"]);
    expect(messageOf(made, "other-folder")).toContain(
      "This looks like another environment's folder: it still names 0 of 10 managed objects (0 %).",
    );
    expect(messageOf(made, "empty-set")).toContain("All 10 managed objects would be deleted");
    expect(messageOf(made, "max-disruption-share")).toContain("10 of 10 managed objects (100.0 %)");
  });

  test("is let through by nothing but the override of its own beside the other ones", async () => {
    const world = await openApplied(PRODUCTION);
    const others = ["empty-set", "max-disruption-share"];
    const [some, all] = await Promise.all(
      [others, [...others, "other-folder"]].map((allow) =>
        plan(world, STAGING, { revision: "second", options: { allow } }),
      ),
    );
    expect([some?.applyable, all?.applyable]).toEqual([false, true]);
  });

  test("fails the same checks once a part of it is carried out: its own objects count for nothing", async () => {
    const world = await openApplied(PRODUCTION);
    const first = await plan(world, STAGING, { revision: "second" });
    const deletes = first.changes.filter(({ action }) => action === "delete").map(({ address }) => address);
    const allow = ["empty-set", "max-disruption-share", "other-folder"];
    await carryOut(world, await plan(world, STAGING, { revision: "second", options: { exclude: deletes, allow } }));
    const rest = await plan(world, STAGING, { revision: "second" });
    expect(failed(rest)).toEqual(failed(first));
    expect(messageOf(rest, "max-disruption-share")).toContain("10 of 10 managed objects");
  });

  test("without a manifest is no other folder", async () => {
    const made = await plan(await openApplied(PRODUCTION), NOTHING_DESIRED, { revision: "second" });
    expect(failed(made)).toEqual(["empty-set", "max-disruption-share"]);
  });
});

describe("of what is managed", () => {
  test("a folder that names half is none, and one that names less is only where it names others", async () => {
    const world = await openApplied(PRODUCTION);
    const half = join(folderOf("prod", 3), STAGING);
    const less = join(folderOf("prod", 2), STAGING);
    const options = { allow: ["max-disruption-share"] };
    expect(failed(await plan(world, half, { revision: "second", options }))).toEqual([]);
    expect(failed(await plan(world, less, { revision: "second", options }))).toEqual(["other-folder"]);
    expect(failed(await plan(world, folderOf("prod", 2), { revision: "second", options }))).toEqual([]);
  });

  test("what is renamed is still named", async () => {
    const world = await openApplied(PRODUCTION);
    const renamed: Desired = {
      ...PRODUCTION,
      queues: PRODUCTION.queues.map(({ name }) =>
        desiredQueue(`new-${name}`, "prod-pool", ["*"], { previously: name }),
      ),
    };
    expect(failed(await plan(world, renamed, { revision: "second" }))).toEqual([]);
  });

  test("where nothing is pruned, another folder replaces nothing", async () => {
    const world = await openApplied(PRODUCTION);
    expect(failed(await plan(world, STAGING, { revision: "second", options: { prune: "none" } }))).toEqual([]);
  });

  test("what a revision has taken in counts once that was carried out, also when it comes back later", async () => {
    const world = await openApplied(PRODUCTION);
    const grown = join(PRODUCTION, folderOf("more", 2));
    await carryOut(world, await plan(world, grown, { revision: "second" }));
    const options = { allow: ["max-disruption-share"] };
    expect(failed(await plan(world, PRODUCTION, { revision: "first", options }))).toEqual([
      "empty-set",
      "other-folder",
    ]);
    await world.ledger.settleOwned(["first", "second"]);
    const back = await plan(world, PRODUCTION, { revision: "first" });
    expect(failed(back)).toEqual([]);
    expect(back.summary.destroy).toBe(4);
  });
});
