import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Address } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json/json.ts";
import { listPlaced, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { classifyChanges } from "../../src/model/plan/classify-changes.ts";
import { type Change, isNoOp, type PlanBody } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import { recordManifest } from "../../src/plan/fields/recorded-manifest.ts";
import { arbitraryDesired, desiredCluster, desiredPool } from "./arbitrary-desired.ts";
import { editManifests, withoutPlaces } from "./edit-manifests.ts";
import { hold, SETTINGS, type Situation, times } from "./hold-committed.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { readCase } from "./read-case.ts";
import { carryOut, type Draw } from "./walk-plan.ts";

/** The fields that a change sets, each with its value, leaf by leaf; what is not there yet has no leaves. */
function listFields(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isMap = (value: Json | undefined): value is { readonly [key: string]: Json } =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const from = before === undefined ? {} : before;
  if (!isMap(from) || !isMap(after) || Object.keys(after).length === 0) return [JSON.stringify([path, after])];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(after)])];
  return keys.flatMap((key) => listFields(from[key], after[key], [...path, key]));
}

const fieldsOf = ({ before, after }: Change) => listFields(before ?? {}, after ?? {});
const isReal = (change: Change) => !isNoOp(change);

/** The change of the same object in the plan without the commit, which may have renamed its manifest. */
function findFormer(
  change: Change,
  { dropped, situation }: { readonly dropped: PlanBody; readonly situation: Situation },
) {
  const { desired, owned } = situation.committed;
  const all = [...desired.pools, ...desired.clusters, ...desired.queues, ...listPlaced(desired)];
  const object = all.find(({ address }) => address === change.address);
  const former = object?.previously == null ? change.address : (`${object.kind}.${object.previously}` as Address);
  const address = owned.some((record) => record.address === change.address) ? change.address : former;
  return dropped.changes.filter(isReal).find((one) => one.address === address);
}

const CASES = join(import.meta.dirname, "cases");

test.each(readdirSync(CASES))("what is remembered of the manifests of %s is what a store gives back", (situation) => {
  const { desired } = readCase(join(CASES, situation)).input;
  const objects = [...desired.pools, ...desired.clusters, ...desired.queues, ...listPlaced(desired)];
  const remembered = objects.map(recordManifest);
  // Else it would be recorded anew in each pass.
  expect(JSON.parse(JSON.stringify(remembered))).toStrictEqual(remembered);
});

describe.each(GENERATIONS)("who caused a change, on generation %s", (generation) => {
  test(
    "is somebody outside alone only where the manifests as they were applied would change the same fields to the same values",
    hold(generation, ({ plan, ...rest }) => {
      for (const change of plan.changes.filter(({ origin }) => origin === "drift")) {
        const former = findFormer(change, rest);
        expect(former, change.address).toMatchObject({ action: change.action, physical_name: change.physical_name });
        expect(former === undefined ? [] : fieldsOf(former)).toEqual(expect.arrayContaining([...fieldsOf(change)]));
      }
    }),
  );

  test(
    "is the commit alone only where the manifests as they were applied would leave all of its fields alone",
    hold(generation, ({ plan, ...rest }) => {
      for (const change of plan.changes.filter(({ origin, after }) => origin === "commit" && after !== null)) {
        const former = findFormer(change, rest);
        const told = former === undefined ? [] : fieldsOf(former);
        expect(
          fieldsOf(change).filter((field) => told.includes(field)),
          change.address,
        ).toEqual([]);
      }
    }),
  );

  test(
    "is somebody outside wherever there is no commit",
    hold(generation, ({ situation: { applied, committed } }) => {
      const { changes } = computePlan({ ...committed, desired: applied }).body;
      expect(changes.filter(isReal).filter(({ origin }) => origin !== "drift")).toEqual([]);
    }),
  );

  test(
    "is nobody outside where nobody changed anything there, whichever manifest the commit changes",
    hold(generation, ({ situation: { untouched } }) => {
      const changes = untouched.flatMap((input) => computePlan(input).body.changes).filter(isReal);
      expect(changes.filter(({ origin }) => origin === "drift" || origin === "both")).toEqual([]);
    }),
  );

  test(
    "lets nothing run without a review that would not run without the commit",
    hold(generation, ({ plan, dropped, situation: { committed } }) => {
      const written = classifyChanges(plan)
        .filter(({ grade }) => grade !== "none")
        .map(({ address }) => address);
      const drifted = new Set(plan.changes.filter(({ origin }) => origin === "drift").map(({ address }) => address));
      const exclude = written.filter((address) => !drifted.has(address));
      const part = computePlan({ ...committed, options: { ...committed.options, exclude } }).body;
      const known = new Map(dropped.steps.map((step) => [nameStep(step), step]));
      for (const step of part.steps) {
        expect([...known.keys()]).toContain(nameStep(step));
        expect(known.get(nameStep(step))?.set ?? {}).toMatchObject(step.set ?? {});
      }
    }),
  );

  test(
    "is unknown, and never somebody outside, where a store of before does not hold the manifests",
    hold(generation, ({ situation: { committed } }) => {
      const owned = committed.owned.map((object) => ({ ...object, manifest: null }));
      const { changes } = computePlan({ ...committed, owned }).body;
      expect(changes.filter(({ origin }) => origin === "drift" || origin === "both")).toEqual([]);
    }),
  );
});

const ENDS = ["interrupt", "kill before", "kill after"] as const;

describe.each(GENERATIONS)("a rollout that ended anywhere, on generation %s", (generation) => {
  test("is nobody else's change, neither to the manifests that began it nor to those of before, which undo it", () => {
    const drawn = fc.tuple(arbitraryDesired(generation), fc.infiniteStream(fc.nat(1_000)));
    return fc.assert(
      fc.asyncProperty(drawn, async ([folder, numbers]) => {
        const draws = numbers[Symbol.iterator]();
        const draw: Draw = (most) => Number(draws.next().value) % (most + 1);
        const world = openWorld(generation);
        await carryOut(world, await planWorld(world, folder));
        const next = withoutPlaces(times(1 + draw(3), (desired) => editManifests(desired, draw), folder));
        const plan = await planWorld(world, next);
        if (!plan.applyable) return;
        await carryOut(world, plan, { draw, stop: { at: draw(6), how: ENDS[draw(2)] ?? "interrupt" } });
        const isForeign = ({ origin }: Change) => origin === "drift" || origin === "both";
        expect((await planWorld(world, next)).changes.filter(isForeign)).toEqual([]);
        const back = await planWorld(world, folder);
        expect(back.changes.filter(isForeign)).toEqual([]);
        if (!back.applyable) return;
        expect((await carryOut(world, back))?.status).toBe("applied");
        expect((await planWorld(world, folder)).changes.filter(isReal)).toEqual([]);
        expect(await world.ledger.readOwnWrites()).toEqual([]);
      }),
      SETTINGS,
    );
  });
});

test.each(GENERATIONS)(
  "a cluster of generation %s that a killed run registered again without the limits of its queue is nobody else's change",
  async (generation) => {
    const folder = (pool: string) => ({
      ...NOTHING_DESIRED,
      pools: [desiredPool("pa"), desiredPool("pb")],
      clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", pool, { queue: { run_concurrency: 7 } })],
    });
    const world = openWorld(generation);
    await carryOut(world, await planWorld(world, folder("pa")));
    const options = { on_pool_change: "replace" } as const;
    await carryOut(world, await planWorld(world, folder("pb"), options), { stop: { at: 1, how: "kill before" } });
    for (const pool of ["pa", "pb"]) {
      const { changes } = await planWorld(world, folder(pool), options);
      expect(changes.filter(isReal)).toMatchObject([{ address: "cluster.c2", origin: "commit" }]);
    }
  },
);

/** What is called on which object: the same call may stand in plans of other changes under another id. */
function nameStep({ kind, physical_name, op, phase, until }: Step): string {
  return [kind, physical_name, op, until ?? "", phase ?? ""].join(" ");
}
