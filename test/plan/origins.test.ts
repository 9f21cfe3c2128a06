import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, PLACED_KINDS, parseAddress } from "../../src/model/address.ts";
import { type Desired, listPlaced } from "../../src/model/desired.ts";
import type { OwnedObject } from "../../src/model/ledger.ts";
import { GENERATIONS, type Generation } from "../../src/model/live.ts";
import {
  type Change,
  type Json,
  type OwnershipClaim,
  type PlanBody,
  phaseOf,
  type Step,
} from "../../src/model/plan.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/plan-input.ts";
import { recordManifest } from "../../src/plan/recorded-manifest.ts";
import { gradePlan } from "../../src/policy/grade-plan.ts";
import { arbitraryDesired } from "./arbitrary-desired.ts";
import {
  addManifest,
  applyPlaces,
  changeByHand,
  editEachKind,
  editLimits,
  editManifests,
  withoutPlaces,
  withPlaces,
} from "./edit-manifests.ts";
import { openWorld, planWorld, readInput } from "./open-model.ts";
import { readCase } from "./read-case.ts";
import { carryOut, type Draw } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 60),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** Manifests A were applied on L. A commit makes them B, and hands from outside make L what is live now. */
interface Situation {
  readonly applied: Desired;
  readonly committed: PlanInput;
  /** Commits that change manifests A in one thing, one for each kind of manifest, while no hand has changed anything. */
  readonly untouched: readonly PlanInput[];
}

async function prepare(generation: Generation, folder: Desired, draw: Draw): Promise<Situation> {
  const world = openWorld(generation);
  await carryOut(world, await planWorld(world, folder));
  const edited = times(draw(2), (desired) => editLimits(desired, draw), withPlaces(folder, draw));
  const plan = await planWorld(world, withoutPlaces(edited));
  const isApplied = plan.applyable && (await carryOut(world, plan))?.status === "applied";
  const applied = isApplied ? edited : withPlaces(folder, draw);
  const input = await readInput(world, applied);
  const live = applyPlaces(input.live, applied);
  // The places are as they are wanted already: a plan without a step takes them in.
  const placed = computePlan({ ...input, live }).body.ownership.claim.filter(({ address }) => isPlaced(address));
  const owned = [...input.owned.map(storeAndRead), ...placed.map(remember)];
  const change = (desired: Desired) => (draw(5) === 0 ? addManifest(desired, draw) : editManifests(desired, draw));
  const committed = {
    ...input,
    owned,
    live: times(draw(3), (now) => changeByHand(now, draw), live),
    desired: times(draw(4), change, applied),
  };
  const untouched = editEachKind(applied, draw).map((desired) => ({ ...input, owned, live, desired }));
  return { applied, committed, untouched };
}

function isPlaced(address: Address): boolean {
  return PLACED_KINDS.some((kind) => address.startsWith(`${kind}.`));
}

function times<T>(count: number, change: (value: T) => T, value: T): T {
  return count === 0 ? value : times(count - 1, change, change(value));
}

function remember({ address, physical_name, lifecycle, applied, manifest }: OwnershipClaim): OwnedObject {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`${address} is no address`);
  const names = { physical_name, previous_names: [] };
  return storeAndRead({ address, ...parsed, ...names, lifecycle, applied, manifest, revision: null, updated_at: "" });
}

function storeAndRead(object: OwnedObject): OwnedObject {
  return JSON.parse(JSON.stringify(object));
}

/** Runs a property on what the commit's plan does and on what the plan of the manifests as they were applied does. */
function hold(
  generation: Generation,
  property: (plans: { readonly plan: PlanBody; readonly dropped: PlanBody; readonly situation: Situation }) => void,
): () => Promise<void> {
  const drawn = fc.tuple(arbitraryDesired(generation), fc.infiniteStream(fc.nat(1_000)));
  return () =>
    fc.assert(
      fc.asyncProperty(drawn, async ([folder, numbers]) => {
        const draws = numbers[Symbol.iterator]();
        const situation = await prepare(generation, folder, (most) => Number(draws.next().value) % (most + 1));
        const { applied, committed } = situation;
        const plan = computePlan(committed).body;
        property({ plan, dropped: computePlan({ ...committed, desired: applied }).body, situation });
      }),
      SETTINGS,
    );
}

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
const isReal = ({ actions }: Change) => actions[0] !== "no-op";

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
        expect(former, change.address).toMatchObject({ actions: change.actions, physical_name: change.physical_name });
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
      const written = [...gradePlan(plan)].filter(([, grade]) => grade !== "none").map(([address]) => address);
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

/** What is called on which object: the same call may stand in plans of other changes under another id. */
function nameStep({ id, kind, physical_name, op, until }: Step): string {
  return [kind, physical_name, op, until ?? "", phaseOf(id) ?? ""].join(" ");
}
