import type { Address } from "../model/address.ts";
import { parseAddress } from "../model/address.ts";
import { sameJson } from "../model/json/json.ts";
import { endManifest, isManifestGone } from "../model/ledger/is-manifest-gone.ts";
import type { Ledger, OwnedObject } from "../model/ledger/ledger.ts";
import { CAPABILITIES } from "../model/objects/live.ts";
import type { OwnershipClaim } from "../model/plan/plan.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isPlaceStep } from "./place-step.ts";
import { settleWrites } from "./settle-writes.ts";

/**
 * Keeps the ledger's ownership in step with what is confirmed: a new registration as soon as it is accepted, together with
 * the ones that it is to replace, and the final record once all of a change's steps are applied.
 */
export interface OwnershipRecorder {
  /**
   * Before the first step: what this run does to objects that stay without a manifest is never drift; and what a manifest protects counts as protected, though
   * the change of its object may take many plans.
   */
  recordKept(): Promise<void>;
  /** After a step was applied. */
  stepApplied(step: Step): Promise<void>;
  /** After all steps of an address were applied. */
  addressApplied(address: Address): Promise<void>;
  /** At the end: objects that needed no step, adoptions included. */
  recordUnchanged(finished: (address: Address) => boolean): Promise<void>;
}

/** What later plans use to distinguish drift from commits. */
type Baseline = Pick<OwnedObject, "applied" | "manifest">;

const NOTHING_APPLIED: Baseline = { applied: null, manifest: null };

/** Most objects in one write to the store: the lease is checked before each. */
const BATCH = 500;

/** Opens a recorder on the ledger as it is now. */
export async function createOwnershipRecorder(context: ApplyContext): Promise<OwnershipRecorder> {
  const { ledger, plan, claimOf } = context;
  const releases = new Set(plan.ownership.release);
  const begun = new Set((await ledger.readOwnWrites()).map(({ address }) => address));
  const owned = new Map((await ledger.readOwned()).map((object) => [object.address, object]));
  const takenOver = new Map<Address, readonly Address[]>();
  const find = (claim: OwnershipClaim) => findRecord(claim, owned);
  const listRecords = (claim: OwnershipClaim) =>
    [claim.address, ...listTakenOver(claim, owned)].flatMap((address) => owned.get(address) ?? []);
  /** Names that are removed once the object is recorded as it is now. */
  const listFormerNames = (claim: OwnershipClaim) => {
    const names = listRecords(claim).flatMap(({ physical_name, previous_names }) => [physical_name, ...previous_names]);
    return [...new Set([...claim.previous_names, ...names])].filter((name) => name !== claim.physical_name);
  };
  /** Where queues cannot be deleted, those of former names stay, and belong to the object as long as it is on record. */
  const listLeftNames = (claim: OwnershipClaim) => {
    if (parseAddress(claim.address)?.kind !== "queue") return [];
    const known = listRecords(claim).flatMap(({ left_names = [] }) => left_names);
    // Where they can, a registration counts until it is deleted.
    const names = CAPABILITIES[plan.target.generation].queue_state
      ? known.filter((name) => !claim.previous_names.includes(name))
      : [...known, ...listFormerNames(claim)];
    return [...new Set(names)].filter((name) => name !== claim.physical_name).sort();
  };
  const describe = (claim: OwnershipClaim, previous_names: readonly string[], baseline: Baseline) => {
    const known = find(claim);
    const revision = known === undefined ? plan.revision : known.revision;
    const left = listLeftNames(claim);
    // Until what it was registered as before is gone, a restored record proves nothing of that.
    const isOpen = previous_names.length > 0 && listRecords(claim).some(({ unconfirmed }) => unconfirmed === true);
    return ownedObject(claim, previous_names, baseline, {
      revision,
      updated_at: new Date(context.clock.now()).toISOString(),
      ...(left.length > 0 && { left_names: left }),
      ...(isOpen && { unconfirmed: true as const }),
    });
  };
  // A registration that is to be deleted stays on record until that is done.
  const listEnded = (claim: OwnershipClaim) => listTakenOver(claim, owned).filter((address) => !releases.has(address));
  const record = async (claim: OwnershipClaim, previous_names: readonly string[], baseline: Baseline) => {
    const object = describe(claim, previous_names, baseline);
    // The object is on record once at any moment: two manifests of it would undo each other.
    const ended = listEnded(claim);
    if (ended.length === 0 && sameRecord(owned.get(claim.address), object)) return;
    await ledger.recordOwned(object, ended);
    owned.set(claim.address, object);
    for (const address of ended) owned.delete(address);
    if (ended.length > 0) takenOver.set(claim.address, [...(takenOver.get(claim.address) ?? []), ...ended]);
  };
  const concluded = new Set<Address>();
  const conclude = async (claim: OwnershipClaim) => {
    if (concluded.has(claim.address)) return;
    const names = listFormerNames(claim);
    if (names.length > 0) {
      // Wherever this process is killed, each of these names must lead to the object.
      await record(claim, names, claim);
      await context.beforeNamesEnd?.();
    }
    await record(claim, [], claim);
    const former = (takenOver.get(claim.address) ?? []).filter((address) => begun.delete(address));
    for (const address of former) await settleWrites(address, context);
    concluded.add(claim.address);
  };
  /** What was drained on the way was put back into service, and stays. */
  const isLetGo = (address: Address) => context.changeOf({ address, phase: null })?.action === "forget";
  const isReleased = (address: Address) => releases.has(address) && owned.has(address);
  return {
    recordKept: async () => {
      const found = (plan.ownership.keep ?? []).flatMap((address) => owned.get(address) ?? []);
      const kept = found.filter((record) => !isManifestGone(record)).map(keepWithoutManifest);
      for (const record of kept) owned.set(record.address, record);
      const guarded = listGuarded(context.guards ?? [], owned, { orphans: false });
      for (const record of guarded) owned.set(record.address, record);
      const own = listGuarded(plan.ownership.claim, owned, { orphans: true });
      for (const record of own) owned.set(record.address, record);
      const records = new Map([...kept, ...guarded, ...own].map((record) => [record.address, record]));
      await recordMany([...records.values()], ledger);
    },
    stepApplied: async (step) => {
      if (!isPlaceStep(step)) begun.add(step.address);
      const claim = claimOf.get(step.address);
      // It is one write: its result is recorded before its entry is closed.
      if (claim !== undefined && isPlaceStep(step) && step.op !== "delete") return conclude(claim);
      const introduces = step.op === "create" || step.op === "undelete";
      if (claim === undefined || !introduces || step.physical_name !== claim.physical_name) return;
      await record(claim, listFormerNames(claim), find(claim) ?? NOTHING_APPLIED);
    },
    addressApplied: async (address) => {
      const claim = claimOf.get(address);
      if (claim !== undefined) await conclude(claim);
      if (isReleased(address)) await (isLetGo(address) ? ledger.releaseOwned(address) : ledger.forgetOwned(address));
      // After the record: what was written for an address is either its baseline or known as written.
      if (begun.delete(address)) await settleWrites(address, context);
    },
    recordUnchanged: async (finished) => {
      const claims = [...claimOf.values()].filter(({ address }) => finished(address));
      for (const claim of claims) if (claim.renamed_from !== null || listEnded(claim).length > 0) await conclude(claim);
      const objects = claims
        .filter(({ renamed_from }) => renamed_from === null)
        .map((claim) => describe(claim, [], claim))
        .filter((object) => !sameRecord(owned.get(object.address), object));
      // Nothing was sent for these, so that their records are not urgent: one disk write covers many.
      for (let start = 0; start < objects.length; start += BATCH) {
        await ledger.recordAllOwned(objects.slice(start, start + BATCH));
      }
      // Without a step nothing was deleted: what was sensitive there still is.
      const released = [...releases].filter((address) => isReleased(address) && finished(address));
      for (const address of released) await ledger.releaseOwned(address);
      // What was begun and is as wanted without a step: another writer has undone or finished it.
      const settled = [...begun].filter((address) => claimOf.has(address) && finished(address));
      for (const address of settled) await settleWrites(address, context);
    },
  };
}

/**
 * The records of what is owned that its manifest protects more than is on record: with `prevent_destroy`; and, if `orphans`, with `on_remove: orphan`. What it
 * protects less counts once the change of its object is whole.
 */
export function listGuarded(
  claims: readonly OwnershipClaim[],
  owned: ReadonlyMap<Address, OwnedObject>,
  { orphans }: { readonly orphans: boolean },
): readonly OwnedObject[] {
  return claims.flatMap((claim) => {
    const [record, wanted] = [findRecord(claim, owned), claim.lifecycle];
    if (record === undefined) return [];
    const prevent_destroy = record.lifecycle.prevent_destroy || wanted.prevent_destroy;
    const on_remove = orphans && wanted.on_remove === "orphan" ? "orphan" : record.lifecycle.on_remove;
    const lifecycle = { prevent_destroy, on_remove };
    return sameJson(lifecycle, { ...record.lifecycle }) ? [] : [{ ...record, lifecycle }];
  });
}

/** The record of a claim's object, under its former address too. */
function findRecord(
  { address, renamed_from }: OwnershipClaim,
  owned: ReadonlyMap<Address, OwnedObject>,
): OwnedObject | undefined {
  return (renamed_from === null ? undefined : owned.get(renamed_from)) ?? owned.get(address);
}

/** Records many objects, in as few writes as there may be. */
export async function recordMany(
  records: readonly OwnedObject[],
  ledger: Pick<Ledger, "recordAllOwned">,
): Promise<void> {
  for (let start = 0; start < records.length; start += BATCH)
    await ledger.recordAllOwned(records.slice(start, start + BATCH));
}

function keepWithoutManifest(record: OwnedObject): OwnedObject {
  return { ...record, manifest: endManifest(record) };
}

/** Other addresses under which the object is on record: by the registrations that it has, or had. */
function listTakenOver(
  { address, physical_name, previous_names, renamed_from }: OwnershipClaim,
  owned: ReadonlyMap<Address, OwnedObject>,
): readonly Address[] {
  if (renamed_from === null && previous_names.length === 0) return [];
  const kind = parseAddress(address)?.kind;
  const names = new Set([physical_name, ...previous_names]);
  const isSame = (other: OwnedObject) =>
    other.address === renamed_from || (other.kind === kind && names.has(other.physical_name));
  return [...owned.values()]
    .filter((other) => other.address !== address && isSame(other))
    .map((other) => other.address);
}

function ownedObject(
  claim: OwnershipClaim,
  previous_names: readonly string[],
  { applied, manifest }: Baseline,
  recorded: Pick<OwnedObject, "revision" | "updated_at" | "left_names" | "unconfirmed">,
): OwnedObject {
  const parsed = parseAddress(claim.address);
  if (parsed === undefined) throw new Error(`not an address: ${claim.address}`);
  const { address, physical_name, lifecycle } = claim;
  return { address, ...parsed, physical_name, previous_names, lifecycle, applied, manifest, ...recorded };
}

function sameRecord(left: OwnedObject | undefined, right: OwnedObject): boolean {
  const essence = (object: OwnedObject) => JSON.stringify({ ...object, updated_at: "" });
  return left !== undefined && essence(left) === essence(right);
}
