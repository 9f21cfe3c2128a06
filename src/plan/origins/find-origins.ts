import type { Address } from "../../model/address.ts";
import type { Json } from "../../model/json/json.ts";
import { isManifestGone } from "../../model/ledger/is-manifest-gone.ts";
import { listWrites, type Writes } from "../../model/plan/list-writes.ts";
import { type Change, type FieldOrigin, isNoOp, nameAction, type Origin } from "../../model/plan/plan.ts";
import { isPutBack } from "../../model/plan/put-back.ts";
import { decide } from "../decide/decide.ts";
import type { Decisions } from "../decide/decisions.ts";
import { findOwnWrites, listStillNarrowed, type OwnWrites, readField } from "../decide/find-own-writes.ts";
import { leaveAgain, listDeclared } from "../decide/former-records.ts";
import { sameJson, splitIgnored } from "../fields/compare-fields.ts";
import { type DesiredObject, gatherDesired, isPlannedAlike, recallManifest } from "../fields/recorded-manifest.ts";
import { isWildcard } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { draftChanges } from "../order/plan-in-order.ts";

/**
 * Says of each change who caused it. The manifests as they were applied last are planned against what is live now: what that plan does as
 * well, in the same field to the same value, is drift, unless an unfinished rollout has written the field as it is. All else is the commit's,
 * whether it changed a value, what its manifest manages, or what its rollout has begun.
 * An object whose manifest was not in what was applied last is the commit's as a whole.
 * Of an object whose manifest is not known as it was applied, the origin is unknown, but where an unfinished rollout has introduced it.
 */
export function findOrigins(
  changes: readonly Change[],
  { input, continued, takenUp }: Pick<Decisions, "input" | "continued" | "takenUp">,
): readonly Change[] {
  if (changes.length === 0 || input.owned.length === 0) return changes;
  const owned = new Map(input.owned.map((object) => [object.address, object]));
  const wanted = new Map(listDeclared(input).map((object) => [object.address, object]));
  // What those manifests leave where it is, is ended by the commit.
  const former = planLastApplied(changes, leaveAgain(input, takenUp), wanted);
  const own = findOwnWrites(input);
  const isTouched = recogniseOwnTraces(input);
  const drained = new Set((input.restored_drains ?? []).map(({ kind, name }) => `${kind}.${name}`));
  return changes.map((change) => {
    const desired = wanted.get(change.address);
    const record = continued.get(change.address)?.[0] ?? owned.get(change.address);
    if (record === undefined || isNoOp(change) || isPutBack(change)) return change;
    // An object whose manifest is gone: no hand outside can have done that.
    if (change.after === null) return { ...change, origin: "commit" };
    // One whose manifest was gone, and is there again: nothing was applied last that anybody could have changed.
    if (isManifestGone(record)) return { ...change, origin: "commit" };
    const names = [change.address, record.address];
    if (!former.known.has(record.address)) {
      // It was made or restored by a rollout that has not got further: nothing was applied before that anybody could have changed.
      const isBegun = record.applied === null && names.some(own.hasRegistered);
      return isBegun ? { ...change, origin: "commit" } : change;
    }
    const ignored = (desired?.lifecycle.ignore_changes ?? []).map(splitIgnored);
    const isReplaced = names.some(own.hasRegistered);
    const left = desired?.lifecycle.left ?? [];
    const found = originOf(change, former.changes.get(record.address), { ignored, left, own, isReplaced, drained });
    return { ...change, ...found, ...(found.origin === "drift" && isTouched(change, names) && { origin: "unknown" }) };
  });
}

/** What the manifests as they were applied last would change now. */
interface LastApplied {
  /** The addresses whose manifests are known. */
  readonly known: ReadonlySet<Address>;
  readonly changes: ReadonlyMap<Address, Change>;
}

function planLastApplied(
  changes: readonly Change[],
  input: PlanInput,
  wanted: ReadonlyMap<Address, DesiredObject>,
): LastApplied {
  const recalled = input.owned.flatMap((object) => (isManifestGone(object) ? [] : (recallManifest(object) ?? [])));
  const known = new Set(recalled.map(({ address }) => address));
  const owned = input.owned.filter((object) => known.has(object.address) || isManifestGone(object));
  const isAsApplied = (object: DesiredObject) => {
    const desired = wanted.get(object.address);
    return desired !== undefined && isPlannedAlike(desired, object);
  };
  // Nothing was committed since: it would be this very plan.
  const isSame = known.size === wanted.size && owned.length === input.owned.length && recalled.every(isAsApplied);
  // What a person asks for by address is no manifest's.
  const options = { ...input.options, replace: [] };
  const drafted =
    isSame && input.options.replace.length === 0
      ? changes
      : known.size === 0
        ? []
        : draftChanges(decide({ ...input, owned, options, desired: gatherDesired(recalled) }));
  const asked = drafted.filter((change) => !isPutBack(change));
  return { known, changes: new Map(asked.map((change) => [change.address, change])) };
}

/** What an interrupted run may have left is no drift for certain: it wrote there itself, and did not finish. Where its writes are on record, their values say what is left of it. */
function recogniseOwnTraces(input: PlanInput): (change: Change, names: readonly Address[]) => boolean {
  const settings = input.written_settings?.keys() ?? [];
  const recorded = new Set([...(input.written ?? []).map(({ address }) => address), ...settings]);
  const unfinished = new Set(input.settle.filter((address) => !recorded.has(address)));
  const writtenOut = new Set(listStillNarrowed(input));
  return ({ address, physical_name }, names) =>
    names.some((name) => unfinished.has(name)) || (address.startsWith("queue.") && writtenOut.has(physical_name));
}

interface OriginFacts {
  /** What the manifest leaves alone. */
  readonly ignored: readonly (readonly string[])[];
  /** What this plan leaves alone. */
  readonly left: readonly (readonly string[])[];
  readonly own: OwnWrites;
  /** Whether an unfinished rollout has made or deleted a registration of it. */
  readonly isReplaced: boolean;
  /** What was out of service by an own drain in a backup that was restored, as `KIND.NAME`. */
  readonly drained: ReadonlySet<string>;
}

function originOf(
  change: Change,
  former: Change | undefined,
  { ignored, left, own, isReplaced, drained }: OriginFacts,
): { readonly origin: Origin; readonly fields?: readonly FieldOrigin[] } {
  if (former === undefined || isNoOp(former)) return { origin: "commit" };
  const asked = listWrites(change.before ?? {}, change.after ?? {});
  const all = listWrites(former.before ?? {}, former.after ?? {});
  const applied = new Map([...all].filter(([key]) => !own.isOwn(former, JSON.parse(key))));
  const isSameWay = describeWay(change) === describeWay(former);
  const parts = listPartsOfDrain(change, drained);
  const isCommitted =
    !isSameWay ||
    isReplaced ||
    parts.has(CLUSTERS) ||
    [...asked].some(([path, value]) => !applied.has(path) || !sameJson(value, applied.get(path))) ||
    isUnderWay(change, asked, all, [...ignored, ...left]);
  const outside = new Map([...applied].filter(([key]) => !parts.has(key)));
  const isDrifted =
    [...asked.keys()].some((path) => outside.has(path)) ||
    (change.before === null && former.before === null && !isReplaced) ||
    !isCommitted;
  if (!isCommitted) return { origin: "drift" };
  if (!isDrifted) return { origin: "commit" };
  // What is recreated, or registered again, has all of its fields from the manifest; a map of pools can only add.
  const isOneByOne = !change.address.startsWith("cluster_pool_map.");
  const isInPlace = (change.action === "update" || change.action === "move") && isSameWay && !isReplaced && isOneByOne;
  return { origin: "both", ...(isInPlace && { fields: keepTogether(listOrigins(asked, outside), change, former) }) };
}

const [STATE, CLUSTERS] = [JSON.stringify(["state"]), JSON.stringify(["clusters"])];

/**
 * The fields that are as a drain made them that a restored backup has on record: the change that it was for is still to be made, and a queue
 * may have been parked on `*` for it after the backup. Where nothing but the state differs, another writer may have drained it since.
 */
function listPartsOfDrain(change: Change, drained: ReadonlySet<string>): ReadonlySet<string> {
  const { address, action, physical_name, previous_physical_name, before } = change;
  const kind = address.slice(0, address.indexOf("."));
  const isDrained = [physical_name, previous_physical_name].some((name) => drained.has(`${kind}.${name}`));
  if (!isDrained || before?.state === "active") return new Set();
  if (wouldServeAll(change)) return new Set([STATE, CLUSTERS]);
  return new Set(action === "move" || action === "replace" ? [STATE] : []);
}

/** Whether a queue is on `*` that its manifest has on named clusters: in service as it is, it would get the work of clusters that it never named. */
function wouldServeAll({ address, before, after }: Change): boolean {
  const [live, wanted] = [before?.clusters, after?.clusters];
  const isAll = (clusters: Json | undefined) => Array.isArray(clusters) && isWildcard(clusters.map(String));
  return address.startsWith("queue.") && isAll(live) && Array.isArray(wanted) && !isAll(wanted);
}

/** What a queue follows into or out of service, or elsewhere, is its selector's where that is held on `*`: it would serve all of a pool. */
function keepTogether(fields: readonly FieldOrigin[], change: Change, former: Change): readonly FieldOrigin[] {
  const { before, after } = change;
  const selector = fields.find(({ path }) => path[0] === "clusters");
  const isServed = after?.state === "active" && (before?.state !== "active" || change.action === "move");
  // What was on `*` by its manifest as well may be as it was.
  if (selector === undefined || !isServed || !wouldServeAll(change) || !wouldServeAll(former)) return fields;
  const { origin } = selector;
  return fields.map((field) => (SERVING.has(field.path[0] ?? "") ? { ...field, origin } : field));
}

/** The fields of a queue by which it takes work, and of whom. */
const SERVING: ReadonlySet<string> = new Set(["state", "cluster_pool"]);

function listOrigins(asked: Writes, applied: Writes): readonly FieldOrigin[] {
  return [...asked].map(([key, value]) => {
    const isDrift = applied.has(key) && sameJson(value, applied.get(key));
    return { path: JSON.parse(key), origin: isDrift ? "drift" : applied.has(key) ? "both" : "commit" };
  });
}

/** All that a change does beside what its fields show. */
function describeWay(change: Change): string {
  const { physical_name, previous_physical_name } = change;
  return JSON.stringify([nameAction(change), physical_name, previous_physical_name]);
}

/**
 * A change that was applied in part is the commit's still: a field is as it wants by now, which the manifest that was applied last
 * would set back. A field that no manifest wants any more shows nothing.
 */
function isUnderWay(
  { after }: Change,
  asked: Writes,
  applied: Writes,
  ignored: readonly (readonly string[])[],
): boolean {
  return [...applied.keys()].some((key) => {
    const path = JSON.parse(key) as readonly string[];
    const isIgnored = ignored.some((field) => field.every((name, at) => name === path[at]));
    return !asked.has(key) && !isIgnored && readField(after, path) !== undefined;
  });
}
