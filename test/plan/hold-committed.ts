import fc from "fast-check";
import { PLACED_KINDS } from "../../src/kinds/registry.ts";
import { type Address, parseAddress } from "../../src/model/address.ts";
import type { OwnedObject } from "../../src/model/ledger/ledger.ts";
import type { Desired } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import type { OwnershipClaim, PlanBody } from "../../src/model/plan/plan.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { assertUntil } from "../set-up/assert-until.ts";
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
import { carryOut, type Draw } from "./walk-plan.ts";

export const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 30),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** Manifests A were applied on L. A commit makes them B, and hands from outside make L what is live now. */
export interface Situation {
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

export function times<T>(count: number, change: (value: T) => T, value: T): T {
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

/**
 * Runs a property on what the commit's plan does and on what the plan of the manifests as they were applied does, until it has seen enough of what it
 * is about.
 */
export function hold(
  generation: Generation,
  property: (plans: { readonly plan: PlanBody; readonly dropped: PlanBody; readonly situation: Situation }) => void,
  hasSeenEnough: () => boolean = () => true,
): () => Promise<void> {
  const drawn = fc.tuple(arbitraryDesired(generation), fc.infiniteStream(fc.nat(1_000)));
  return () =>
    assertUntil(
      hasSeenEnough,
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
