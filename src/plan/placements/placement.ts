import type { PlacedKind } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import { formatAddress } from "../../model/address.ts";
import type { JsonObject } from "../../model/json/json.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { RowKey } from "../../model/objects/attributes.ts";
import type { DesiredPlaced } from "../../model/objects/desired.ts";
import type { Notice } from "../../model/plan/plan.ts";
import type { Doing } from "../../model/plan/step.ts";
import type { Fact } from "../draft/draft-step.ts";
import { isObject } from "../fields/compare-fields.ts";
import type { PlanInput } from "../input/plan-input.ts";

/** What a step does to what stands in a place. */
export type PlaceWrite<K extends PlacedKind = PlacedKind> = Doing<K>;

/**
 * What stands in one place, and what is to stand there. A placed object has no life cycle: it is there or not, and is
 * written as a whole; so its plan is one comparison and one step.
 */
export interface Placement {
  readonly address: Address;
  /** The place: its name on the live side too. */
  readonly name: string;
  /** Null: no manifest names it. */
  readonly desired: DesiredPlaced | null;
  /** Managed fields as they are live; null where nothing is there. */
  readonly before: JsonObject | null;
  /** What of `before` is its own, where it writes over what stands there of another object; left out: all of it. */
  readonly own?: JsonObject;
  /** As they are to be; null: it goes. */
  readonly after: JsonObject | null;
  /** What is on record as applied once it is written, where that is not `after`. */
  readonly applied?: JsonObject;
  /** What its step does, where it differs. */
  readonly write: PlaceWrite;
  readonly needs?: readonly Fact[];
  readonly prefers?: readonly Fact[];
  readonly gives?: readonly Fact[];
  /** Records of other objects whose files, or whose place, it has from now on, regardless of whose they are to be. */
  readonly formerly?: readonly OwnedObject[];
  /** Those that it continues: they are on record no more once it is written. */
  readonly takes?: readonly OwnedObject[];
  /** Those that it takes the place of, without being the same object. */
  readonly displaces?: readonly OwnedObject[];
  /** What its delete takes along and can't be written back. */
  readonly loses?: readonly RowKey[];
  /** Keys of other live state that the step depends on. */
  readonly reads?: readonly string[];
}

/**
 * Whether nothing of what stands in the place stays there: no file keeps its path, no setting its key. To make that of an object is to delete what it
 * was, even if its manifest still has the same name. A row has one text, which is changed in place.
 */
export function leavesNothing({ before, own, after }: Pick<Placement, "before" | "own" | "after">): boolean {
  if (before === null || after === null) return before !== null;
  const kept = Object.entries(own ?? before).flatMap(([field, value]) => {
    const next = after[field];
    return isObject(value) ? Object.keys(value).map((key) => isObject(next) && Object.hasOwn(next, key)) : [true];
  });
  return kept.length > 0 && !kept.includes(true);
}

/** Whether nothing of what stands in the place is its own: to write over what another object has there is to delete that. */
export function takesPlace({ own }: Pick<Placement, "own">): boolean {
  return own !== undefined && Object.values(own).every((value) => isObject(value) && Object.keys(value).length === 0);
}

/** What becomes of everything that stands in places. */
export interface Placements {
  /** What an interrupted run took along, as it was: it is back before anything else is done there. */
  readonly put_back: readonly Placement[];
  readonly wanted: readonly Placement[];
  readonly removals: readonly Placement[];
  /** Owned objects that are released without being deleted. */
  readonly forgotten: readonly OwnedObject[];
  /** Owned objects without a manifest that `--prune none` keeps. */
  readonly kept: readonly OwnedObject[];
  /** Live, and owned by no one: addresses. */
  readonly unmanaged: readonly Address[];
  readonly notices: readonly Notice[];
}

/** No placement at all. */
export const NO_PLACEMENTS: Placements = {
  put_back: [],
  wanted: [],
  removals: [],
  forgotten: [],
  kept: [],
  unmanaged: [],
  notices: [],
};

/** All of several in one. */
export function joinPlacements(all: readonly Placements[]): Placements {
  return {
    put_back: all.flatMap(({ put_back }) => put_back),
    wanted: all.flatMap(({ wanted }) => wanted),
    removals: all.flatMap(({ removals }) => removals),
    forgotten: all.flatMap(({ forgotten }) => forgotten),
    kept: all.flatMap(({ kept }) => kept),
    unmanaged: all.flatMap(({ unmanaged }) => unmanaged),
    notices: all.flatMap(({ notices }) => notices),
  };
}

/** A live object of a kind, as the sorting of leftovers sees it. */
export interface LivePlace {
  readonly name: string;
  readonly fields: JsonObject;
  /** Whether it may be deleted at all; false for what no API of ours can delete. Default true. */
  readonly deletable?: boolean;
}

/**
 * Sorts the live objects of a kind that no manifest names: removed, forgotten, kept or owned by no one, by the same rules as those
 * of named kinds. `describe` makes the removal of one.
 */
export function sortLeftovers(
  kind: PlacedKind,
  { owned, options }: PlanInput,
  live: readonly LivePlace[],
  declared: ReadonlySet<string>,
  describe: (place: LivePlace, record: OwnedObject | null) => Placement,
): Placements {
  const orphans = new Map(
    owned.filter((object) => object.kind === kind && !declared.has(object.name)).map((object) => [object.name, object]),
  );
  const removals: Placement[] = [];
  const forgotten: OwnedObject[] = [];
  const kept: OwnedObject[] = [];
  const unmanaged: Address[] = [];
  for (const place of live) {
    if (declared.has(place.name)) continue;
    const record = orphans.get(place.name) ?? null;
    orphans.delete(place.name);
    const fate = place.deletable === false ? "keep" : fateOf(record, options.prune);
    if (fate === "remove") removals.push(describe(place, record));
    else if (record === null) unmanaged.push(formatAddress(kind, place.name));
    else if (fate === "forget") forgotten.push(record);
    else kept.push(record);
  }
  return { ...NO_PLACEMENTS, removals, forgotten: [...forgotten, ...orphans.values()], kept, unmanaged };
}

/** What becomes of a live object that no manifest names. */
export function fateOf(owned: OwnedObject | null, prune: "none" | "owned" | "all"): "remove" | "forget" | "keep" {
  if (prune === "none") return "keep";
  if (owned === null) return prune === "all" ? "remove" : "keep";
  return owned.lifecycle.on_remove === "orphan" ? "forget" : "remove";
}
