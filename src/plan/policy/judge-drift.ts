import { createHash } from "node:crypto";
import { type Address, parseAddress } from "../../model/address.ts";
import type { DriftAction, DriftConfig } from "../../model/daemon/daemon-config.ts";
import type { Contest, Sighting } from "../../model/daemon/daemon-records.ts";
import { classifyChange } from "../../model/plan/classify-changes.ts";
import { isShared, withoutFields } from "../../model/plan/field-origins.ts";
import { listWrites } from "../../model/plan/list-writes.ts";
import type { Grade } from "../../model/plan/plan.ts";
import { type Change, nameAction, type Plan } from "../../model/plan/plan.ts";
import { isPutBack } from "../../model/plan/put-back.ts";
import { describeContest, isLeftAlone, isRevertedTooOften } from "./judge-contest.ts";
import type { Hold } from "./judge-holds.ts";

/** What drift is judged by. */
export interface DriftFacts {
  readonly plan: Pick<Plan, "changes" | "revision">;
  readonly drift: DriftConfig;
  readonly grades: ReadonlyMap<Address, Grade>;
  readonly sightings: readonly Sighting[];
  readonly contests: readonly Contest[];
  /** The revision that was applied in full last. */
  readonly appliedRevision: string | null;
  /** ISO 8601 in UTC. */
  readonly now: string;
}

/** What a plan does that no commit asked for. */
export interface DriftVerdict {
  /** Everything that was changed outside and is not to be overlooked, whether it is undone or not. */
  readonly addresses: readonly Address[];
  /** Those that were seen often enough to count, shared ones among them. */
  readonly confirmed: readonly Address[];
  /** Why what was changed outside stays as it is, by address; what is not in it may be undone. */
  readonly holds: ReadonlyMap<Address, Hold>;
  /**
   * Changes that a commit has a part in, too: why the fields that were changed outside stay as they are; null: they may be undone. They are
   * in none of `addresses` and `holds`, as what the commit asks for is judged without them.
   */
  readonly shared: ReadonlyMap<Address, Hold | null>;
  /** To be kept for the next pass in place of the earlier ones. */
  readonly sightings: readonly Sighting[];
}

/**
 * Judges what was changed outside by its kind's action. It counts from the pass on in which it is seen for the Nth time in a row with
 * the same difference; what is being undone stays counted while it is on its way.
 */
export function judgeDrift(facts: DriftFacts): DriftVerdict {
  const { plan, drift, grades, sightings, contests, appliedRevision, now } = facts;
  const earlier = new Map(sightings.map((sighting) => [sighting.address, sighting]));
  const contestOf = new Map(contests.map((contest) => [contest.address, contest]));
  const holds = new Map<Address, Hold>();
  const shared = new Map<Address, Hold | null>();
  const seen: Sighting[] = [];
  const isDrift = recogniseDrift({ revision: plan.revision, appliedRevision, sightings });
  for (const found of plan.changes) {
    const { address } = found;
    const isPart = isShared(found);
    const change = isPart ? withoutFields(found, "commit") : found;
    const grade = isPart ? classifyChange(change, []).grade : (grades.get(address) ?? "none");
    if (grade === "none" || !(isPart || isDrift(change))) continue;
    const keep = (hold: Hold | null) => {
      if (isPart) shared.set(address, hold);
      else if (hold !== null) holds.set(address, hold);
    };
    const action = actionFor(address, drift);
    if (action === "off") {
      keep(HOLDS.off);
      continue;
    }
    const sighting = seeAgain(change, earlier.get(address), now);
    seen.push(sighting);
    const contest = contestOf.get(address);
    keep(action === "revert" ? judgeRevert({ change, grade, sighting, contest }, facts) : HOLDS[action]);
  }
  return {
    addresses: seen.map(({ address }) => address).filter((address) => !shared.has(address)),
    confirmed: seen.filter((sighting) => isConfirmed(sighting, drift, now)).map(({ address }) => address),
    ...{ holds, shared },
    sightings: seen,
  };
}

const HOLDS = {
  off: { reason: "drift_off", message: "Changed outside; drift is ignored (drift.action: off)." },
  report: {
    reason: "drift_report",
    message:
      "Changed outside; drift is reported, not reverted (drift.action: report). Commit it, or revert it by hand.",
  },
  propose: {
    reason: "drift_report",
    message:
      "Changed outside; drift is not reverted: a pull request writes it into the manifests (drift.action: propose). Merge it, or revert the change by hand.",
  },
  destructive: {
    reason: "drift_destructive",
    message:
      "Changed outside; a revert would move, replace, drain or delete, and drift.destructive is not set. Commit it, or approve its plan with the override drift_destructive.",
  },
} as const satisfies Record<string, Hold>;

interface Found {
  readonly change: Change;
  readonly grade: Grade;
  readonly sighting: Sighting;
  readonly contest: Contest | undefined;
}

/** Why a change is not undone though drift of its kind is; null: it may be. */
function judgeRevert({ change, grade, sighting, contest }: Found, { drift, now }: DriftFacts): Hold | null {
  // A writer that changes it again and again may do so each time in another way: that is no reason to try again.
  if (isLeftAlone(contest, drift)) return describeContest(contest, change);
  if (!isConfirmed(sighting, drift, now)) return waitForMore(sighting, drift);
  if (grade === "all" && !drift.destructive) return HOLDS.destructive;
  return isRevertedTooOften(contest, drift, now) ? describeContest(contest, change) : null;
}

/** Whether a drift was seen so often, and for so long, that it counts. */
export function isConfirmed(
  { count, first_at }: Pick<Sighting, "count" | "first_at">,
  { sightings, seen_for_ms }: Pick<DriftConfig, "sightings" | "seen_for_ms">,
  now: string,
): boolean {
  return count >= sightings && Date.parse(now) - Date.parse(first_at) >= seen_for_ms;
}

function waitForMore({ count, first_at }: Sighting, { sightings, seen_for_ms }: DriftConfig): Hold {
  const seen = `Changed outside; seen ${count} times in a row`;
  const since = new Date(Date.parse(first_at) + seen_for_ms).toISOString();
  const message = `${seen}, reverted from ${sightings} sightings on${seen_for_ms === 0 ? "" : `, not before ${since}`}.`;
  return { reason: "drift_unconfirmed", message };
}

/**
 * The sightings that are left once a pass has set some back: what is as it should be now and is changed again is counted from one again, as it was the
 * first time. What is still on its way stays counted.
 */
export function dropReverted(sightings: readonly Sighting[], reverted: ReadonlySet<Address>): readonly Sighting[] {
  return sightings.filter(({ address, difference }) => difference !== UNDER_WAY || !reverted.has(address));
}

/** Notes which sightings are being undone now: the difference changes on the way, and is the same drift all the same. */
export function markReverted(
  sightings: readonly Sighting[],
  isReverted: (address: Address) => boolean,
): readonly Sighting[] {
  return sightings.map((sighting) =>
    isReverted(sighting.address) ? { ...sighting, difference: UNDER_WAY } : sighting,
  );
}

/** Stands in place of a difference's hash. */
const UNDER_WAY = "under way";

/** What drift is recognised by where the plan itself does not know who caused a change. */
export interface DriftTraces {
  readonly revision: string | null;
  /** The revision that was applied in full last. */
  readonly appliedRevision: string | null;
  /** What was found to be changed outside when it was looked at last. */
  readonly sightings: readonly Sighting[];
}

/**
 * Recognises what was changed outside. Where the plan does not know who did it, it was no commit if the revision was applied in full
 * before, or if the same difference was found to be drift before the commit came.
 */
export function recogniseDrift({ revision, appliedRevision, sightings }: DriftTraces): (change: Change) => boolean {
  const isCarriedOut = revision !== null && revision === appliedRevision;
  const earlier = new Map(sightings.map(({ address, difference }) => [address, difference]));
  const isSeen = (change: Change) => earlier.get(change.address) === hashDifference(change);
  const isDrift = (change: Change) =>
    change.origin === "drift" || (change.origin === "unknown" && (isCarriedOut || isSeen(change)));
  // What a run of our own took along, or drained, was not changed outside.
  return (change) => !isPutBack(change) && isDrift(change);
}

/** What is done about drift of an object: the action of its kind, else the general one. */
export function actionFor(address: Address, { action, kinds }: Pick<DriftConfig, "action" | "kinds">): DriftAction {
  const kind = parseAddress(address)?.kind ?? "";
  return Object.hasOwn(kinds, kind) ? (kinds[kind] ?? action) : action;
}

function seeAgain(change: Change, earlier: Sighting | undefined, now: string): Sighting {
  const difference = hashDifference(change);
  const { address } = change;
  if (earlier === undefined || (earlier.difference !== difference && earlier.difference !== UNDER_WAY)) {
    return { address, difference, first_at: now, count: 1 };
  }
  // A clock that was set back would let it wait for as long again.
  const isLater = Date.parse(earlier.first_at) > Date.parse(now);
  return { address, difference, first_at: isLater ? now : earlier.first_at, count: earlier.count + 1 };
}

/** What distinguishes one difference of an object from another, as sightings have it: the fields that differ, with what they are and are to be. */
export function hashDifference(change: Change): string {
  const { physical_name, before, after } = change;
  const actions = nameAction(change);
  const [from, to] = [listWrites(after ?? {}, before ?? {}), listWrites(before ?? {}, after ?? {})];
  return createHash("sha256")
    .update(JSON.stringify([physical_name, actions, [...from].sort(byPath), [...to].sort(byPath)]))
    .digest("hex");
}

function byPath([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
