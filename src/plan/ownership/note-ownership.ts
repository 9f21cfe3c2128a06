import type { Address } from "../../model/address.ts";
import { formatForget, nameFormerPlace } from "../../model/ledger/former-place.ts";
import type { ObjectElsewhere, OwnedObject } from "../../model/ledger/ledger.ts";
import type { Change, Notice, OwnershipClaim, Plan } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Decisions } from "../decide/decisions.ts";
import { listDeclared } from "../decide/former-records.ts";
import { isLive } from "../input/index-world.ts";
import type { LeftBehind, PlanInput } from "../input/plan-input.ts";

/**
 * What changes in what is remembered of objects, and would show in no field: a protection that is set or lifted, and a
 * manifest that takes over another one's registration.
 */
export function noteOwnership(
  claims: readonly OwnershipClaim[],
  { continued }: Pick<Decisions, "continued">,
): readonly Notice[] {
  return claims.flatMap((claim): readonly Notice[] => {
    const records = continued.get(claim.address) ?? [];
    const wasProtected = records.some(({ lifecycle }) => lifecycle.prevent_destroy);
    const protects = claim.lifecycle.prevent_destroy;
    return [
      ...records.filter(({ address }) => address !== claim.address).map((former) => noteTakeover(claim, former)),
      ...(wasProtected === protects ? [] : [noteProtection(claim.address, protects)]),
    ];
  });
}

/**
 * With a store, what is there already, is not on record, and is changed or restored: it is taken over with its change. What is taken over
 * as it is shows as a change of its own.
 */
export function noteTaken(
  changes: readonly Change[],
  { continued, input }: Pick<Decisions, "continued" | "input">,
): readonly Notice[] {
  if (input.ownership !== "store") return [];
  const isThere = ({ before, after, action }: Change) =>
    after !== null && (before !== null || action === "restore") && action !== "adopt";
  const declared = new Set(listDeclared(input).map(({ address }) => address));
  const taken = changes.filter(
    (change) => isThere(change) && declared.has(change.address) && !continued.has(change.address),
  );
  if (taken.length === 0) return [];
  const addresses = taken.map(({ address }) => address);
  const message = `Not on record as owned, and adopted with ${taken.length === 1 ? "its change" : "their changes"}: ${listSome(addresses)}.`;
  return [{ code: "adopted", message, addresses }];
}

function noteTakeover({ address, manifest }: OwnershipClaim, former: OwnedObject): Notice {
  const isRenamed = manifest.previously === former.name;
  const why = isRenamed ? "the manifest was renamed" : `no manifest is named ${former.name} any more`;
  const isPlaced = former.kind === "flyte_clusters";
  const what = isPlaced ? `files of ${former.address}` : `registration of ${former.address}, ${former.physical_name}`;
  const message = `${address} takes over the ${what}: ${why}.`;
  return { code: "renamed", message, addresses: [address] };
}

function noteProtection(address: OwnershipClaim["address"], protects: boolean): Notice {
  const message = protects
    ? `${address} is protected from being destroyed once this plan is applied (lifecycle.prevent_destroy).`
    : `${address} loses its protection once this plan is applied: from then on it may be destroyed.`;
  return { code: protects ? "protected" : "unprotected", message, addresses: [address] };
}

/** Registrations that go in favour of one that is there already, or beside the one that is replaced: the change names only one of them. */
export function noteEndedRegistrations({ clusters, queues, world }: Decisions): readonly Notice[] {
  return [...clusters, ...queues].flatMap(({ desired, physical, current, predecessors }): readonly Notice[] => {
    const stays = desired.kind === "queue" && !world.capabilities.queue_state;
    const isThere = current !== null && isLive(current);
    if (stays || predecessors.length < (isThere ? 1 : 2)) return [];
    const names = listSome(predecessors.map(({ name }) => name));
    const message = `${desired.address} ${isThere ? `is registered as ${physical} already, and keeps that` : `is registered as ${physical}`}: deleted is ${names}.`;
    return [{ code: "ended-registrations", message, addresses: [desired.address] }];
  });
}

/** What an apply of another folder left unfinished: this plan neither continues nor forgets it. */
export function noteForeign({ foreign }: PlanInput): readonly Notice[] {
  if (foreign.length === 0) return [];
  const message = `An apply of another folder was not finished: ${foreign.join(", ")}. This plan does not change it; apply that folder to continue.`;
  return [{ code: "unfinished-elsewhere", message, addresses: [] }];
}

/**
 * What stays at places that the target had before: one notice for each object that is half-way there, and one for the others of each place. It
 * counts again once the place is named again.
 */
export function noteElsewhere({ elsewhere = [] }: PlanInput): readonly Notice[] {
  return [
    ...elsewhere.flatMap((object) => noteHalfWay(object) ?? []),
    ...[...Map.groupBy(elsewhere.filter(isAtRest), ({ place }) => place)].map(noteLeftElsewhere),
  ];
}

const isAtRest = ({ half_way }: ObjectElsewhere) => half_way === undefined;

function noteLeftElsewhere([place, objects]: readonly [string, readonly ObjectElsewhere[]]): Notice {
  const names = listSome(objects.map(({ address }) => address));
  const message = `${names} ${objects.length === 1 ? "was" : "were"} applied at ${place}, which is no longer a place of this target: not changed there. Configure that place again to manage or to remove ${objects.length === 1 ? "it" : "them"}, or give it up with \`${formatForget(place)}\`.`;
  return { code: "left-elsewhere", message, addresses: [] };
}

function noteHalfWay({ address, place, org, half_way }: ObjectElsewhere): Notice | null {
  if (half_way === undefined) return null;
  const where = nameFormerPlace({ place, ...(org !== undefined && { org }) });
  const message = `${address} was left half-way at ${where}, which is no longer a place of this target: a run wrote there at ${half_way}, and its change was not finished. Configure that place again to finish it, or give it up with \`${formatForget(where)}\`.`;
  return { code: LEFT_HALF_WAY, message, addresses: [address], place: where };
}

/** The code of a notice about an object that is half-way at a place that the target had before. */
export const LEFT_HALF_WAY = "left-half-way";

/** The code of a notice about an object that people have to decide about. */
export const LEFT_BEHIND = "left-behind";

/**
 * What an interrupted apply wrote to, or an apply deleted, and no manifest accounts for: it stays as it is until people decide. `others`: notices that say more of
 * the same objects.
 */
export function noteLeftBehindObjects({ left_behind = [] }: PlanInput, others: readonly Notice[]): readonly Notice[] {
  const known = new Set(others.flatMap(({ addresses }) => addresses));
  return left_behind
    .filter(({ address }) => !known.has(address))
    .map((left) => ({ code: LEFT_BEHIND, message: describeLeft(left), addresses: [left.address] }));
}

/** The addresses at which a plan leaves something to people. */
export function listLeftBehind({ notices }: Pick<Plan, "notices">): ReadonlySet<string> {
  return new Set(notices.filter(({ code }) => code === LEFT_BEHIND).flatMap(({ addresses }) => addresses));
}

/** Where an object is. Rows are named by their place, which says it. */
function nameSystem(address: Address): string {
  return address.startsWith("flyte_clusters.") ? "at the place of delivery" : "on the control plane";
}

function describeLeft({ address, physical_name, at, fault, keys = [] }: LeftBehind): string {
  const unfinished = "It was unfinished in the backup that was restored, and may have been decided otherwise since";
  switch (fault) {
    case "is_gone":
      return `${address} was deleted with a wider row by an apply at ${at}, and is missing now. ${unfinished}: it is not put back. Write it again if it is needed.`;
    case "written_out":
      return `${address} (${physical_name} on the control plane) is written out as its other clusters by an apply at ${at}. ${unfinished}: it is not set back to *. Set it to * if that is what its owner wants.`;
    case "still_set":
      return `${address}: ${listSome(keys)} ${keys.length === 1 ? "was" : "were"} set by an apply at ${at}. ${unfinished}: ${keys.length === 1 ? "it is" : "they are"} not taken out. Let a manifest name ${keys.length === 1 ? "it to keep it, or take it" : "them to keep them, or take them"} out.`;
    case "is_back":
      return `${address} (${physical_name} on the control plane) was deleted by an apply at ${at}, and is live again: the control plane may have been restored to an earlier state, or another user registered it. No manifest names it, and it is not on record as owned: it stays as it is. Let a manifest name it to keep it (with lifecycle.on_remove: orphan it can be released again), or delete it.`;
    case "replaces":
      return `${address} (${physical_name} on the control plane) was registered by an apply that was interrupted, at ${at}, to replace what is on record. It stays as it is. If the manifests of another folder name ${address}, apply them; else let a manifest name it to keep it, or delete it.`;
    case "half_replaced":
      return `${address} (${physical_name} on the control plane) was to be replaced by an apply at ${at} that did not finish: the registration that takes its place is there too. Both stay as they are. If the manifests of another folder name ${address}, apply them; else let a manifest name it to finish, or delete one of them.`;
    default:
      return `${address} (${physical_name} ${nameSystem(address)}) was written by an apply that was interrupted, at ${at}. No manifest names it, and it is not on record as owned: it stays as it is. Let a manifest name it to keep it, or delete it.`;
  }
}
