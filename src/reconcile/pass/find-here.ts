import type {
  DaemonRecords,
  FormerPlace,
  KeptState,
  PlaceFacts,
  Sighting,
  TargetState,
} from "../../model/daemon/daemon-records.ts";
import { nameTargetPlace, readLedgerOf, type TargetPlace } from "../name-target-place.ts";

/** So many former places are remembered: of one before them it counts as if nothing had been done there. */
const MOST_FORMER = 10;

/**
 * What is known of a target at the place that is configured now; null: it was never looked at. Of a place that it did not have before nothing is
 * known but which revision it looked at first; of one that it is given again, what was known then, but for its last pass. A state that an older
 * release wrote names no place, and counts as one of this place.
 */
export function findHere(kept: KeptState | null, config: TargetPlace): TargetState | null {
  return kept === null ? null : openKept(kept, config);
}

/**
 * What is known of a target that was called otherwise until now: all that is of a place and of the source, as a move keeps it, from the state of
 * its former name. `own`: what is of the name. Of the branch, what either of the two found to be unreviewed stays so.
 */
export function renameState(own: TargetState, former: KeptState, config: TargetPlace): TargetState {
  const there = openKept(former, config);
  const { place, ...facts } = leave(there, nameTargetPlace(config));
  const theirs = there.former ?? [];
  const others = (own.former ?? []).filter((one) => !theirs.some((its) => its.place === one.place));
  const unreviewed = new Map([...(own.unreviewed ?? []), ...facts.unreviewed].map((one) => [one.commit, one]));
  return {
    ...own,
    ...facts,
    place,
    applied_revision: facts.applied_revision ?? own.applied_revision,
    ...renameTold(own, { ...facts, target: former.target }),
    unreviewed: [...unreviewed.values()],
    first_revision: own.first_revision ?? there.first_revision ?? null,
    verified: there.verified ?? own.verified ?? null,
    former: [...others, ...theirs].slice(-MOST_FORMER),
  };
}

/** What the former name has written after its last report is reported under the new one: a pass may have been killed. */
function renameTold(own: TargetState, former: Pick<TargetState, "target" | "told_seq" | "told_runs" | "told_as">) {
  const [one, other] = [own.told_seq ?? null, former.told_seq ?? null];
  const names = [...(own.told_as ?? []), ...(former.told_as ?? []), former.target];
  return {
    told_seq: one === null ? other : Math.max(one, other ?? 0),
    told_runs: [...(own.told_runs ?? []), ...(former.told_runs ?? [])],
    told_as: [...new Set(names)].filter((name) => name !== own.target),
  };
}

/** What is known of each place that the target has or had; of one that an older release knew no name for, nothing. */
export function listPlaces(kept: KeptState): readonly FormerPlace[] {
  const { place, former = [] } = kept;
  return place === undefined ? former : [...former, leave(trustKept(kept), place)];
}

/** The state without what was begun at former places of which `isThere` is true; null: nothing was. */
export function forgetBegunAt(kept: KeptState, isThere: (place: string) => boolean): TargetState | null {
  const isBegun = ({ place, begun }: FormerPlace) => begun != null && isThere(place);
  const { former = [] } = kept;
  if (!former.some(isBegun)) return null;
  return { ...trustKept(kept), former: former.map((one) => (isBegun(one) ? { ...one, begun: null } : one)) };
}

/** The same for people, with the last pass wherever it was made. It decides nothing. */
export function showState(kept: KeptState, config: TargetPlace): TargetState {
  return { ...openKept(kept, config), last_pass: trustKept(kept).last_pass };
}

/** What was seen to be changed outside at the place that is configured now. */
export async function findSightings(
  records: Pick<DaemonRecords, "readState" | "readSightings">,
  config: TargetPlace & { readonly name: string },
): Promise<readonly Sighting[]> {
  return isElsewhere(await records.readState(config.name), config) ? [] : records.readSightings(config.name);
}

/** Whether what is kept is of another place than the one that is configured now. */
export function isElsewhere(kept: KeptState | null, config: TargetPlace): boolean {
  const here = nameTargetPlace(config);
  return (kept?.place ?? here) !== here;
}

/**
 * The revision after which commits of the branch are not applied: the one that was applied last, or else the one that the target saw first.
 * Null before the first pass.
 */
export function findStart(state: Pick<TargetState, "applied_revision" | "first_revision"> | null): string | null {
  return state?.applied_revision ?? state?.first_revision ?? null;
}

/** The revision that was applied last, at any place: for facts about a commit that do not depend on the place, such as its signature. */
export function findLastApplied(state: Pick<TargetState, "applied_revision" | "former"> | null): string | null {
  const known = (state?.former ?? []).map(({ applied_revision }) => applied_revision);
  return state?.applied_revision ?? known.findLast((revision) => revision !== null) ?? null;
}

const UNKNOWN: PlaceFacts = {
  applied_revision: null,
  heads: [],
  good_revision: null,
  drift_since: null,
  drifted: [],
  begun: null,
  contests: [],
  told_seq: null,
  told_runs: [],
  told_as: [],
  unreviewed: [],
};

function leave(state: TargetState, place: string) {
  const {
    applied_revision,
    heads = [],
    good_revision,
    drift_since,
    drifted,
    begun = null,
    contests,
    told_seq = null,
    told_runs = [],
    told_as = [],
    unreviewed = [],
  } = state;
  const drift = { drift_since, drifted, contests };
  const told = { told_seq, told_runs, told_as };
  return { place, applied_revision, heads, good_revision, ...drift, begun, ...told, unreviewed } satisfies FormerPlace;
}

function openKept(kept: KeptState, config: TargetPlace): TargetState {
  const state = trustKept(kept);
  const here = nameTargetPlace(config);
  const { place: of = here, former = [] } = state;
  if (of === here) return { ...state, place: here };
  const others = former.filter(({ place }) => place !== here && place !== of);
  return {
    ...state,
    ...UNKNOWN,
    ...former.find(({ place }) => place === here),
    ...findTold(here, [...former, leave(state, of)]),
    ...{ last_pass: null, objects: [], looked_at: null, unreachable: [], left_behind: [], other_writes: [] },
    ...{ unreachable_more: 0, waiting: null, approval_since: null },
    ...{ place: here, former: [...others, leave(state, of)].slice(-MOST_FORMER) },
  };
}

/** The last write that was reported of those to the ledger of a place: its log counts them, from wherever they come. */
function findTold(
  here: string,
  places: readonly FormerPlace[],
): Pick<PlaceFacts, "told_seq" | "told_runs" | "told_as"> {
  const nameLedger = (place: string) => JSON.stringify(readLedgerOf(place));
  const ledger = nameLedger(here);
  const there = places.filter(({ place }) => nameLedger(place) === ledger);
  const [last] = there.toSorted((one, other) => (other.told_seq ?? 0) - (one.told_seq ?? 0));
  return { told_seq: last?.told_seq ?? null, told_runs: last?.told_runs ?? [], told_as: last?.told_as ?? [] };
}

/** The store returns whole states; their type hides what belongs to a place from callers that do not name one. */
function trustKept(kept: KeptState): TargetState {
  return kept as TargetState;
}
